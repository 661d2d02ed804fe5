/** One transaction as a file: who wrote it, and what it does. What it compared was held against all that was before, by whoever gave it its revision. */
import type { Operation } from '../store/store.ts';
import { damaged } from './damage.ts';
import { seal, unseal } from './sealed.ts';

export interface WrittenTransaction {
  /** Which attempt to write this is: nobody else's has it. */
  readonly id: string;
  readonly operations: readonly Operation[];
}

export function encodeTransaction({ id, operations }: WrittenTransaction): Buffer {
  const lines = operations.map((each) =>
    each.kind === 'delete'
      ? ['delete', each.key]
      : ['put', each.key, Buffer.from(each.value.buffer, each.value.byteOffset, each.value.length).toString('base64')],
  );
  return seal('transaction', JSON.stringify({ id, operations: lines }));
}

/** @throws HostdevError `fleet-damaged`, `fleet-newer` */
export function decodeTransaction(bytes: Buffer, path: string): WrittenTransaction {
  const body = unseal('transaction', bytes, path);
  try {
    const { id, operations } = JSON.parse(body) as { readonly id: unknown; readonly operations: readonly (readonly unknown[])[] };
    return { id: asText(id), operations: operations.map(asOperation) };
  } catch (error) {
    throw damaged(path, (error as Error).message);
  }
}

function asOperation([kind, key, value]: readonly unknown[]): Operation {
  if (kind === 'delete') return { kind, key: asText(key) };
  if (kind === 'put') return { kind, key: asText(key), value: Buffer.from(asText(value), 'base64') };
  throw new Error('it has an operation that is none');
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error('it has something else where a text has to be');
}
