/** The calls of etcd's API that are used, each with what goes there and what comes back. */
import * as auth from './auth.ts';
import { RangeRequest, RangeResponse, TxnRequest, TxnResponse } from './key-value.ts';
import * as lease from './lease.ts';
import type { Message } from './protobuf.ts';
import { WatchRequest, WatchResponse } from './watch.ts';

export interface Method<Request, Response> {
  readonly path: string;
  readonly request: Pick<Message<Request, unknown>, 'encode'>;
  readonly response: Pick<Message<never, Response>, 'decode'>;
}

function method<Request, Response>(
  name: string,
  request: Pick<Message<Request, unknown>, 'encode'>,
  response: Pick<Message<never, Response>, 'decode'>,
): Method<Request, Response> {
  return { path: `/etcdserverpb.${name}`, request, response };
}

export const RANGE = method('KV/Range', RangeRequest, RangeResponse);
export const TXN = method('KV/Txn', TxnRequest, TxnResponse);
export const WATCH = method('Watch/Watch', WatchRequest, WatchResponse);
export const LEASE_GRANT = method('Lease/LeaseGrant', lease.LeaseGrantRequest, lease.LeaseGrantResponse);
export const LEASE_REVOKE = method('Lease/LeaseRevoke', lease.LeaseRevokeRequest, lease.LeaseRevokeResponse);
export const LEASE_KEEP_ALIVE = method('Lease/LeaseKeepAlive', lease.LeaseKeepAliveRequest, lease.LeaseKeepAliveResponse);
export const STATUS = method('Maintenance/Status', auth.Nothing, auth.StatusResponse);
export const AUTH_STATUS = method('Auth/AuthStatus', auth.Nothing, auth.AuthStatusResponse);
export const USER_ADD = method('Auth/UserAdd', auth.UserAddRequest, auth.Nothing);
export const USER_GET = method('Auth/UserGet', auth.UserGetRequest, auth.UserGetResponse);
export const USER_GRANT_ROLE = method('Auth/UserGrantRole', auth.UserGrantRoleRequest, auth.Nothing);
export const USER_REVOKE_ROLE = method('Auth/UserRevokeRole', auth.UserRevokeRoleRequest, auth.Nothing);
export const ROLE_ADD = method('Auth/RoleAdd', auth.RoleAddRequest, auth.Nothing);
export const ROLE_GET = method('Auth/RoleGet', auth.RoleGetRequest, auth.RoleGetResponse);
export const ROLE_GRANT = method('Auth/RoleGrantPermission', auth.RoleGrantPermissionRequest, auth.Nothing);
export const ROLE_REVOKE = method('Auth/RoleRevokePermission', auth.RoleRevokePermissionRequest, auth.Nothing);
