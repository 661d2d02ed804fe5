/** A guest as the monitor of its QEMU shows it. */
import type { PciAddress } from '../pci/address.ts';

/** A host device, whoever added it. */
export interface MonitorHostdev {
  readonly id: string;
  readonly host: PciAddress;
}

/** A device, and where QEMU has put it; a guest that has not booted yet has not numbered its buses. */
export interface MonitorDevice {
  readonly id: string;
  readonly type: string;
  /** Name of the bus that it is on. */
  readonly bus: string | undefined;
  /** On that bus; undefined for what is not on PCI. */
  readonly slot: number | undefined;
}

/** Everything that planning needs to know of such a guest. */
export interface MonitorState {
  readonly socket: string;
  /** What `-name` calls it; undefined when it has none. */
  readonly name: string | undefined;
  /** `running`, `paused`, …. */
  readonly status: string;
  /** Whether it is a guest of IBM Z, where every function has a zpci object beside it. */
  readonly hasZpci: boolean;
  readonly hostdevs: readonly MonitorHostdev[];
  readonly devices: readonly MonitorDevice[];
  /** Ids of every zpci object. */
  readonly zpciIds: readonly { readonly uid: number; readonly fid: number }[];
}
