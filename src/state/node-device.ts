/** A PCI function of the host, as its kernel shows it. */
import type { PciAddress } from '../pci/address.ts';
import { isVfioName } from '../pci/vfio-name.ts';

/** zPCI attributes of IBM Z; each may be missing. */
export interface ZpciFacts {
  readonly fid: number | undefined;
  /** 0 when the machine defines none; then the domain of the address is a number the kernel chose. */
  readonly uid: number | undefined;
  readonly uidIsUnique: boolean | undefined;
  readonly pchid: number | undefined;
  readonly port: number | undefined;
  readonly pft: number | undefined;
  readonly vfn: number | undefined;
  readonly pfgid: number | undefined;
  readonly functionHandle: number | undefined;
}

export interface SriovFacts {
  readonly totalVfs: number | undefined;
  readonly numVfs: number | undefined;
  readonly virtualFunctions: readonly PciAddress[];
}

export interface LinkFacts {
  readonly speed: string | undefined;
  readonly width: string | undefined;
  readonly maxSpeed: string | undefined;
  readonly maxWidth: string | undefined;
}

export interface NodeDevice {
  readonly address: PciAddress;
  /** What every function has and could not be read of this one: then nothing sure is known of it. */
  readonly unread: readonly string[];
  /** 0xffff where it cannot be read. */
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor: number | undefined;
  readonly subsystemDevice: number | undefined;
  /** 24 bits: base class, subclass, programming interface. */
  readonly pciClass: number;
  readonly driver: string | undefined;
  readonly driverOverride: string | undefined;
  readonly iommuGroup: number | undefined;
  /** Reset methods the kernel would use, best first; empty when there is none. */
  readonly resetMethods: readonly string[];
  /** 0 endpoint, 1 PCI bridge, 2 CardBus bridge; undefined when the config space cannot be read. */
  readonly headerType: number | undefined;
  /** PCI Express, judged as libvirt does; undefined when the reader sees too little of the config space to tell. */
  readonly express: boolean | undefined;
  /** False when the config space reads as all ones: the function does not answer. */
  readonly answers: boolean;
  readonly physicalFunction: PciAddress | undefined;
  /** The function that made the PCI domain this one is in (a VMD controller); undefined for domains of the machine. */
  readonly domainController: PciAddress | undefined;
  /** The bridge or port that it is behind; undefined on a root bus, and where the kernel's tree was not kept. */
  readonly bridge: PciAddress | undefined;
  readonly sriov: SriovFacts | undefined;
  readonly modalias: string | undefined;
  readonly netdevs: readonly string[];
  /** Whether it has an interface that is not to be seen here: it is in another network namespace. */
  readonly netdevElsewhere: boolean;
  readonly bootVga: boolean;
  /** Mediated devices that were made of it. */
  readonly mdevs: readonly { readonly uuid: string; readonly type: string }[];
  readonly zpci: ZpciFacts | undefined;
}

/** What is told of a function and nothing is judged or planned by: whoever looks at a whole machine does not read it. */
export interface ShownFacts {
  readonly revision: number | undefined;
  /** -1 from the kernel (no node) is undefined here. */
  readonly numaNode: number | undefined;
  readonly link: LinkFacts | undefined;
}

/**
 * Whether the driver hands the function to guests: vfio-pci or a variant of it.
 *
 * @example
 * ```ts
 * import { isVfioDriver } from 'hostdev/host';
 * console.log(isVfioDriver('mlx5_vfio_pci'), isVfioDriver('nvme')); // → true false
 * ```
 */
export function isVfioDriver(driver: string | undefined): boolean {
  return driver !== undefined && isVfioName(driver);
}

/** Host, ISA, EISA, PCI and CardBus bridges. Others of base class 06 (NVSwitch, NTB) are ordinary functions. */
const BRIDGES: ReadonlySet<number> = new Set([0x0600, 0x0601, 0x0602, 0x0604, 0x0607]);

/** Ports and PCI-to-PCI bridges: they cannot reach a guest's memory by themselves, and may stay with the kernel in a group that goes to vfio. */
export function isPciPort({ headerType, pciClass }: Pick<NodeDevice, 'headerType' | 'pciClass'>): boolean {
  return headerType === 1 || (headerType === undefined && pciClass >> 8 === 0x0604);
}

/** Bridges and ports: by header type, or by class where that says endpoint or the config space cannot be read. */
export function isBridge(device: Pick<NodeDevice, 'headerType' | 'pciClass'>): boolean {
  return device.headerType === 1 || device.headerType === 2 || BRIDGES.has(device.pciClass >> 8);
}

/** Whether the network interface of a function is up; null where it has none to be seen. */
export type LinkState = 'up' | 'down' | null;
