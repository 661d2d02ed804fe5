/** `hostdev/libvirt`: libvirt's remote protocol, spoken natively. */
export { type CallOptions } from './client/connection.ts';
export { type AskCredentials, type Credentials } from './client/authenticate.ts';
export { defaultUri } from './client/default-uri.ts';
export { type DialOptions } from './client/dial.ts';
export { type Affect, connectLibvirt, type ConnectOptions, Libvirt, openLibvirt } from './client/libvirt.ts';
export { overMany } from './client/many.ts';
export { type GuestEvent, type NodeDeviceEvent } from './client/watch.ts';
export { libvirtCode } from './client/libvirt-error.ts';
export { type DomainState, type Lifecycle, LIBVIRT_ERROR, type NodeDeviceLifecycle } from './protocol/numbers.ts';
export { type DomainRef, type NetworkRef } from './protocol/types.ts';
export { type LibvirtUri, parseLibvirtUri, type Transport } from './protocol/uri.ts';
