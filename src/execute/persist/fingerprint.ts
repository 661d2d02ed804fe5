/** What a function is, as opposed to where it is: after a card was moved, another one may have its address. */
import { findExtendedCapability } from '../../host/config-space.ts';
import { readNodeDevice, sysfsPath } from '../../host/inventory.ts';
import type { NodeDevice } from '../../state/node-device.ts';
import { type HostReader, readText } from '../../host/port.ts';
import type { PciAddress } from '../../pci/address.ts';

/** Facts that a function keeps across boots. Numbers are written as sysfs writes them. */
export interface Fingerprint {
  readonly vendor: string;
  readonly device: string;
  readonly subsystemVendor: string | null;
  readonly subsystemDevice: string | null;
  /** IBM Z: function id. */
  readonly fid: string | null;
  /** PCI Express Device Serial Number: where its eight bytes are in the config space, and what they are. */
  readonly serial: { readonly offset: number; readonly bytes: string } | null;
  /** MAC address of its network interface, where a host driver shows one. Only told, never matched: no driver, no MAC. */
  readonly mac: string | null;
}

/** Device Serial Number. Source: PCI Express Base Specification 7.9.3. */
const SERIAL_CAPABILITY = 0x0003;

/** undefined when the function is not there. */
export async function readFingerprint(port: HostReader, address: PciAddress): Promise<Fingerprint | undefined> {
  const device = await readNodeDevice(port, address);
  if (device === undefined) return undefined;
  const at = sysfsPath(address);
  return {
    vendor: hex(device.vendor),
    device: hex(device.device),
    subsystemVendor: device.subsystemVendor === undefined ? null : hex(device.subsystemVendor),
    subsystemDevice: device.subsystemDevice === undefined ? null : hex(device.subsystemDevice),
    fid: (await readText(port, `${at}/function_id`)) ?? null,
    serial: serialIn(await port.read(`${at}/config`, 4096)),
    mac: await readMac(port, device),
  };
}

function serialIn(config: Uint8Array | undefined): Fingerprint['serial'] {
  const at = config === undefined ? undefined : findExtendedCapability(config, SERIAL_CAPABILITY);
  if (config === undefined || at === undefined || at + 12 > config.length) return null;
  const bytes = [...config.subarray(at + 4, at + 12)];
  // All zeros or all ones is what cards without a number say.
  if (bytes.every((byte) => byte === 0) || bytes.every((byte) => byte === 0xff)) return null;
  return { offset: at + 4, bytes: bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ') };
}

async function readMac(port: HostReader, device: NodeDevice): Promise<string | null> {
  const [name] = device.netdevs;
  return name === undefined ? null : ((await readText(port, `/sys/class/net/${name}/address`)) ?? null);
}

/** What differs between a fingerprint and the function that is there now; a fact that cannot be seen differs from nothing. */
export function differences(kept: Fingerprint, now: Fingerprint): string[] {
  const found: string[] = [];
  const compare = (name: string, a: string | null, b: string | null): void => {
    if (a !== b) found.push(`${name} was ${a ?? 'absent'} and is ${b ?? 'absent'}`);
  };
  compare('vendor', kept.vendor, now.vendor);
  compare('device', kept.device, now.device);
  compare('subsystem vendor', kept.subsystemVendor, now.subsystemVendor);
  compare('subsystem device', kept.subsystemDevice, now.subsystemDevice);
  compare('function id', kept.fid, now.fid);
  if (kept.serial !== null) compare('serial number', kept.serial.bytes, now.serial?.bytes ?? null);
  if (kept.mac !== null && now.mac !== null) compare('MAC address', kept.mac, now.mac);
  return found;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
