/** etcd's watches on the wire: rpc.proto and kv.proto of its API, version 3. */
import { KeyValue, ResponseHeader } from './key-value.ts';
import { message } from './protobuf.ts';

const Event = message({ type: [1, 'number'], kv: [2, KeyValue] });
export const DELETED = 1;

const WatchCreateRequest = message({
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  startRevision: [3, 'int64'],
  progressNotify: [4, 'bool'],
  /** Long answers come in parts, of which all but the last say so. */
  fragment: [8, 'bool'],
});

const WatchProgressRequest = message({});

export const WatchRequest = message({ create: [1, WatchCreateRequest], progress: [3, WatchProgressRequest] });

export const WatchResponse = message({
  header: [1, ResponseHeader],
  watchId: [2, 'int64'],
  created: [3, 'bool'],
  canceled: [4, 'bool'],
  compactRevision: [5, 'int64'],
  cancelReason: [6, 'string'],
  fragment: [7, 'bool'],
  events: [11, Event, 'repeated'],
});
