/** etcd's keys and transactions on the wire. Numbers of fields: rpc.proto and kv.proto of etcd's API, version 3. */
import { message } from './protobuf.ts';

export const ResponseHeader = message({ revision: [3, 'int64'] });

export const KeyValue = message({
  key: [1, 'bytes'],
  createRevision: [2, 'int64'],
  modRevision: [3, 'int64'],
  value: [5, 'bytes'],
  lease: [6, 'int64'],
});

export const RangeRequest = message({
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  limit: [3, 'int64'],
  revision: [4, 'int64'],
});

export const RangeResponse = message({
  header: [1, ResponseHeader],
  kvs: [2, KeyValue, 'repeated'],
  more: [3, 'bool'],
});

const PutRequest = message({ key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'int64'] });
const DeleteRangeRequest = message({ key: [1, 'bytes'] });

const RequestOp = message({
  range: [1, RangeRequest],
  put: [2, PutRequest],
  deleteRange: [3, DeleteRangeRequest],
});

const ResponseOp = message({ range: [1, RangeResponse] });

/** What a compare looks at. */
export const TARGET = { create: 1, modify: 2 } as const;

/** Results are equal unless something else is said, which nothing here does. */
const Compare = message({
  target: [2, 'number'],
  key: [3, 'bytes'],
  createRevision: [5, 'int64'],
  modRevision: [6, 'int64'],
  rangeEnd: [64, 'bytes'],
});

export const TxnRequest = message({
  compare: [1, Compare, 'repeated'],
  success: [2, RequestOp, 'repeated'],
  failure: [3, RequestOp, 'repeated'],
});

export const TxnResponse = message({
  header: [1, ResponseHeader],
  succeeded: [2, 'bool'],
  responses: [3, ResponseOp, 'repeated'],
});
