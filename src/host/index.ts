/** `hostdev/host`: reading a machine's PCI functions. Node only. */
export { readHostState } from './host-state.ts';
export { readAddresses, readGroupMembers, readInventory, readNodeDevice } from './inventory.ts';
export { openMachine } from './machine-port.ts';
export { isVfioDriver, type LinkFacts, type NodeDevice, type ShownFacts, type SriovFacts, type ZpciFacts } from '../state/node-device.ts';
export type { HostPort } from './port.ts';
