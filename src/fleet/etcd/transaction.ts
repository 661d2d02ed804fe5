/** Transactions of the store, and keys and prefixes, as etcd is asked for them. */
import type { Compare, Entry, Operation, Transaction } from '../store/store.ts';
import { type KeyValue, type RangeRequest, TARGET, type TxnRequest } from './protocol/key-value.ts';
import type { Message } from './protocol/protobuf.ts';

type Written<M> = M extends Message<infer In, unknown> ? In : never;
type Read<M> = M extends Message<never, infer Out> ? Out : never;
type Range = Written<typeof RangeRequest>;

export const keyBytes = (key: string): Uint8Array => new TextEncoder().encode(key);

/** The first key that is not under a prefix any more: "0" comes after "/". */
export const endOfPrefix = (prefix: string): Uint8Array => keyBytes(`${prefix.slice(0, -1)}0`);

export function entryOf({ key, value, createRevision, modRevision }: Read<typeof KeyValue>): Entry {
  return { key: new TextDecoder().decode(key), value, created: createRevision, modified: modRevision };
}

/** What the compared keys have is read in the same transaction, where it is not to happen. */
export function txnOf({ compares, operations }: Transaction): Written<typeof TxnRequest> {
  const ranges = new Map(compares.map((each) => [each.kind === 'none under' ? each.prefix : each.key, rangeOf(each)]));
  return {
    compare: compares.map(compareOf),
    success: operations.map(operationOf),
    failure: [...ranges.values()].map((range) => ({ range })),
  };
}

/** A key that is not there was created at revision 0; of several keys all have to be equal. Source: etcd's API guide on transactions. */
function compareOf(compare: Compare): NonNullable<Written<typeof TxnRequest>['compare']>[number] {
  switch (compare.kind) {
    case 'absent':
      return { target: TARGET.create, key: keyBytes(compare.key), createRevision: 0n };
    case 'created':
      return { target: TARGET.create, key: keyBytes(compare.key), createRevision: compare.revision };
    case 'modified':
      return { target: TARGET.modify, key: keyBytes(compare.key), modRevision: compare.revision };
    case 'none under':
      return { target: TARGET.create, key: keyBytes(compare.prefix), rangeEnd: endOfPrefix(compare.prefix), createRevision: 0n };
  }
}

function rangeOf(compare: Compare): Range {
  if (compare.kind !== 'none under') return { key: keyBytes(compare.key) };
  return { key: keyBytes(compare.prefix), rangeEnd: endOfPrefix(compare.prefix), limit: 1n };
}

function operationOf(operation: Operation): NonNullable<Written<typeof TxnRequest>['success']>[number] {
  const key = keyBytes(operation.key);
  return operation.kind === 'put' ? { put: { key, value: operation.value } } : { deleteRange: { key } };
}
