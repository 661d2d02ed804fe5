/** etcd's users, roles and rights on the wire, and what a member says of itself: rpc.proto and auth.proto of its API, version 3. */
import { ResponseHeader } from './key-value.ts';
import { message } from './protobuf.ts';

export const Nothing = message({});

export const AuthStatusResponse = message({ enabled: [2, 'bool'] });

const UserAddOptions = message({ noPassword: [1, 'bool'] });
export const UserAddRequest = message({ name: [1, 'string'], options: [3, UserAddOptions] });
export const UserGetRequest = message({ name: [1, 'string'] });
export const UserGetResponse = message({ roles: [2, 'string', 'repeated'] });
export const UserGrantRoleRequest = message({ user: [1, 'string'], role: [2, 'string'] });
export const UserRevokeRoleRequest = message({ name: [1, 'string'], role: [2, 'string'] });

/** Kinds of permissions. */
export const PERMISSION = { read: 0, write: 1, readwrite: 2 } as const;
const Permission = message({ permType: [1, 'number'], key: [2, 'bytes'], rangeEnd: [3, 'bytes'] });
export const RoleAddRequest = message({ name: [1, 'string'] });
export const RoleGetRequest = message({ role: [1, 'string'] });
export const RoleGetResponse = message({ perm: [2, Permission, 'repeated'] });
export const RoleGrantPermissionRequest = message({ name: [1, 'string'], perm: [2, Permission] });
export const RoleRevokePermissionRequest = message({ role: [1, 'string'], key: [2, 'bytes'], rangeEnd: [3, 'bytes'] });

export const StatusResponse = message({
  header: [1, ResponseHeader],
  version: [2, 'string'],
  dbSize: [3, 'int64'],
  leader: [4, 'uint64'],
  /** Alarms, as text: `memberID:… alarm:NOSPACE`. */
  errors: [8, 'string', 'repeated'],
});
