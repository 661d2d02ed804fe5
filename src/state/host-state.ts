/** Everything that is known of a host when it is judged and planned for: read in one pass, plain data. */
import type { ConsoleMap } from './console-uses.ts';
import type { GuestClaims, VfioNodes } from './holders.ts';
import type { NetMap } from './network-uses.ts';
import type { NodeDevice } from './node-device.ts';
import type { NodeMap } from './open-node-uses.ts';
import type { ShareMap } from './share-uses.ts';
import type { BlockMap } from './storage-uses.ts';

/** Whether a block device is claimed by something: only then may an exclusive opening fail. */
export type ClaimState = 'free' | 'claimed' | 'unreadable' | 'not asked';

/** A path that is there but could not be read, and why: `EACCES`. */
export interface Unread {
  readonly path: string;
  readonly reason: string;
}

export interface HostState {
  /** Every PCI function, in lspci's order. */
  readonly functions: readonly NodeDevice[];
  readonly block: BlockMap;
  readonly shares: ShareMap;
  readonly net: NetMap;
  readonly consoles: ConsoleMap;
  readonly nodes: NodeMap;
  readonly vfioNodes: VfioNodes;
  readonly guests: GuestClaims;
  /** Block device → whether something holds it, for the disks of functions. */
  readonly diskClaims: ReadonlyMap<string, ClaimState>;
  /** What was there but could not be read. */
  readonly unread: readonly Unread[];
}
