/**
 * QEMU's objects for one host function: `vfio-pci`, and `zpci` before it on s390x.
 *
 * Rules: docs/addressing.md §16.
 */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { checkFid, checkUid } from '../pci/zpci.ts';
import type { DeviceObject } from './device-object.ts';

/** A place in the guest: QEMU's name of the bus, and slot and function on it. */
export interface QemuPciPlace {
  readonly bus: string;
  readonly slot: number;
  readonly function: number;
  readonly multifunction?: boolean | undefined;
}

/** `0x1f` or `0x1f.0x2`, as libvirt writes QEMU's addr property. */
function formatAddr(slot: number, fn: number): string {
  return fn === 0 ? `0x${slot.toString(16)}` : `0x${slot.toString(16)}.0x${fn.toString(16)}`;
}

/** Address keys, in libvirt's order. */
export function placeKeys(place: QemuPciPlace): DeviceObject {
  return {
    bus: place.bus,
    ...(place.multifunction === undefined ? {} : { multifunction: place.multifunction }),
    addr: formatAddr(place.slot, place.function),
  };
}

export interface VfioPciOptions {
  /** Id of QEMU's iommufd object; a VFIO container when missing. */
  readonly iommufd?: string | undefined;
  readonly bootIndex?: number | undefined;
  readonly failoverPair?: string | undefined;
  readonly display?: string | undefined;
  readonly ramfb?: boolean | undefined;
  readonly romBar?: 0 | 1 | undefined;
  /** Empty text: no ROM at all. */
  readonly romFile?: string | undefined;
}

/**
 * The object for a host function. Without a place QEMU chooses one.
 *
 * @example
 * ```ts
 * import { formatClassic, parsePciAddress, vfioPci } from 'hostdev';
 * console.log(formatClassic(vfioPci('h0', parsePciAddress('0002:00:00.0')))); // → vfio-pci,host=0002:00:00.0,id=h0
 * ```
 */
export function vfioPci(id: string, host: PciAddress, place?: QemuPciPlace, options: VfioPciOptions = {}): DeviceObject {
  return {
    driver: options.ramfb === true ? 'vfio-pci-nohotplug' : 'vfio-pci',
    host: formatPciAddress(host),
    id,
    ...(options.iommufd === undefined ? {} : { iommufd: options.iommufd }),
    ...(options.bootIndex === undefined ? {} : { bootindex: options.bootIndex }),
    ...(options.failoverPair === undefined ? {} : { failover_pair_id: options.failoverPair }),
    ...(options.display === undefined ? {} : { display: options.display }),
    ...(options.ramfb === true ? { ramfb: true } : {}),
    ...(place === undefined ? {} : placeKeys(place)),
    ...(options.romBar === undefined ? {} : { rombar: options.romBar }),
    ...(options.romFile === undefined ? {} : { romfile: options.romFile }),
  };
}

/**
 * The zpci object that gives `target` its uid and fid; it must come directly before its device.
 *
 * @throws {HostdevError} `uid-range` or `fid-range`.
 * @example
 * ```ts
 * import { formatClassic, parsePciAddress, vfioPci, zpci } from 'hostdev';
 * const devices = [zpci(0x21, 0x100, 'h0'), vfioPci('h0', parsePciAddress('0002:00:00.0'))];
 * console.log(devices.map(formatClassic).join(' ')); // → zpci,uid=33,fid=256,target=h0,id=zpci33 vfio-pci,host=0002:00:00.0,id=h0
 * ```
 */
export function zpci(uid: number, fid: number, target: string): DeviceObject {
  return { driver: 'zpci', uid: checkUid(uid), fid: checkFid(fid), target, id: `zpci${uid}` };
}
