/** A function of the host as commands print it: ids in the field's notation, names where there are any. */
import type { NodeDevice } from './node-device.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { PciNames } from '../pci/names.ts';
import { definedUid, formatFid, formatUid } from '../pci/zpci.ts';

/** One row of `hostdev list --json`. Absent facts are null, so that every row has the same keys. */
export interface FunctionSummary {
  readonly address: string;
  readonly class: string;
  readonly className: string | null;
  readonly vendor: string;
  readonly vendorName: string | null;
  readonly device: string;
  readonly deviceName: string | null;
  readonly driver: string | null;
  readonly iommuGroup: number | null;
  /** null where the reader sees too little of the config space to tell: run as root. */
  readonly pcie: boolean | null;
  readonly physicalFunction: string | null;
  readonly fid: string | null;
  readonly uid: string | null;
  readonly pchid: string | null;
  readonly port: number | null;
}

export function summarize(device: NodeDevice, names: PciNames): FunctionSummary {
  const { zpci } = device;
  const uid = definedUid(zpci?.uid);
  return {
    address: formatPciAddress(device.address),
    class: hex(device.pciClass >> 8, 4),
    className: names.pciClass ?? null,
    vendor: hex(device.vendor, 4),
    vendorName: names.vendor ?? null,
    device: hex(device.device, 4),
    deviceName: names.device ?? null,
    driver: device.driver ?? null,
    iommuGroup: device.iommuGroup ?? null,
    pcie: device.express ?? null,
    physicalFunction: device.physicalFunction === undefined ? null : formatPciAddress(device.physicalFunction),
    fid: zpci?.fid === undefined ? null : formatFid(zpci.fid),
    uid: uid === undefined ? null : formatUid(uid),
    pchid: zpci?.pchid === undefined ? null : hex(zpci.pchid, 4),
    port: zpci?.port ?? null,
  };
}

export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
