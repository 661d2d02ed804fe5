/** etcd's leases on the wire: rpc.proto of its API, version 3. */
import { message } from './protobuf.ts';

export const LeaseGrantRequest = message({ ttl: [1, 'int64'] });
export const LeaseGrantResponse = message({ id: [2, 'int64'], ttl: [3, 'int64'] });
export const LeaseRevokeRequest = message({ id: [1, 'int64'] });
export const LeaseRevokeResponse = message({});
export const LeaseKeepAliveRequest = message({ id: [1, 'int64'] });
/** Without time left the lease is gone. */
export const LeaseKeepAliveResponse = message({ id: [2, 'int64'], ttl: [3, 'int64'] });
