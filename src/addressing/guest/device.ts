/**
 * One guest device as the placement rules see it; spec: libvirt formatdomain, order of lists from its QEMU driver.
 *
 * Rules: docs/addressing.md §1.
 */
import type { XmlElement } from '../../xml/tree.ts';

/**
 * The kinds in the order libvirt visits them when it collects addresses and hands out zPCI ids. The order
 * decides which device gets which id, so it is data, not style.
 */
export const DEVICE_KINDS = [
  'disk',
  'interface',
  'sound',
  'hostdev',
  'video',
  'controller',
  'smartcard',
  'serial',
  'parallel',
  'channel',
  'console',
  'input',
  'filesystem',
  'watchdog',
  'memballoon',
  'rng',
  'nvram',
  'hub',
  'shmem',
  'tpm',
  'panic',
  'memory',
  'redirdev',
  'iommu',
  'vsock',
  'crypto',
  'pstore',
] as const;

export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Who decided an address, for `--explain`. */
export type AddressReason =
  | { readonly by: 'definition' }
  | { readonly by: 'chipset'; readonly rule: string }
  | { readonly by: 'search'; readonly rule: string };

/** Who decided a zPCI id. */
export type ZpciReason = 'definition' | 'lowest-free' | 'completed';

/**
 * Where a device sits. One object may be shared: `<interface type='hostdev'>` and the host device it
 * becomes have one address between them.
 */
export interface Place {
  /** Address type; undefined when the device has no address. */
  type: string | undefined;
  domain: number;
  bus: number;
  slot: number;
  function: number;
  multifunction: 'on' | 'off' | undefined;
  uid: number | undefined;
  fid: number | undefined;
  /** Device number on the channel subsystem, `fe.0.0001`, for type ccw. */
  ccw: string | undefined;
  /** Register of an address of type spapr-vio. */
  register: number | undefined;
  /** Attributes of the `<address>` as written, for types other than pci. */
  readonly attributes: Readonly<Record<string, string>>;
  reason: AddressReason | undefined;
  uidReason: ZpciReason | undefined;
  fidReason: ZpciReason | undefined;
}

export interface Device {
  readonly kind: DeviceKind;
  /** The element of the definition; undefined for a device that libvirt adds. */
  readonly element: XmlElement | undefined;
  /** Why a device that is not in the definition is there. */
  readonly added: string | undefined;
  readonly place: Place;
  /** The element's `type` attribute. */
  readonly type: string | undefined;
  /** The model, given or chosen by default. */
  model: string | undefined;
  /** Disk, input: the bus; serial, console, channel: the target's type; filesystem: the driver's type. */
  bus: string | undefined;
  /** Disk: target name; interface: network name. */
  readonly target: string | undefined;
  /** pSeries isolation group; 0 elsewhere. */
  group: number;
  /** Hostdev made from this interface. */
  readonly interface: Device | undefined;
  readonly hostdev: HostdevSource | undefined;
  /** Drive address, given or derived from the target name: which controllers must exist. */
  drive: DriveAddress | undefined;
}

interface DriveAddress {
  readonly controller: number;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
}

/** What a host device names on the host. */
export interface HostdevSource {
  /** `pci`, `usb`, `scsi`, `scsi_host`, `mdev`; `unreadable` where its source is none. */
  readonly type: string;
  /** The PCI address as `dddd:bb:ss.f`, an mdev's uuid, … : equal for equal devices. */
  readonly key: string | undefined;
  readonly unassigned: boolean;
}

/** Attributes of a PCI controller's `<model name>` and `<target>`. */
export interface ControllerTarget {
  modelName?: string;
  chassisNr?: number;
  chassis?: number;
  port?: number;
  busNr?: number;
  index?: number;
  hotplug?: string;
  memReserve?: number;
  node?: number;
}

export interface Controller extends Device {
  readonly kind: 'controller';
  readonly type: string;
  index: number;
  /** ICH9 companion: first port on its master. */
  master: number | undefined;
  /** virtio-serial, xhci: number of ports. */
  readonly ports: number | undefined;
  settings: ControllerTarget;
  /** Attributes that were given; the others were generated. */
  readonly given: ControllerTarget;
  readonly modelGiven: boolean;
}

export function isController(device: Device): device is Controller {
  return device.kind === 'controller';
}

export function emptyPlace(): Place {
  return {
    type: undefined,
    domain: 0,
    bus: 0,
    slot: 0,
    function: 0,
    multifunction: undefined,
    uid: undefined,
    fid: undefined,
    ccw: undefined,
    register: undefined,
    attributes: {},
    reason: undefined,
    uidReason: undefined,
    fidReason: undefined,
  };
}

/** No address, or type pci with nothing but zeros: to be placed. The function of such an address is lost. */
export function isWanted(place: Place): boolean {
  return place.type === undefined || (place.type === 'pci' && isZero(place));
}

/** An address of type pci that says where. */
export function isPresent(place: Place): boolean {
  return place.type === 'pci' && !isZero(place);
}

function isZero(place: Place): boolean {
  return place.domain === 0 && place.bus === 0 && place.slot === 0;
}
