/** Reading which card a function is. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Fingerprint } from '../state/fingerprint.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { findExtendedCapability } from './config-space.ts';
import { readNodeDevice } from './inventory.ts';
import { type HostReader, readText } from './port.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';

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
    place: hasStableAddress(device) ? formatPciAddress(address) : null,
  };
}

/** Without unique uids an IBM Z host numbers its PCI domains in the order functions appear; the fid stays. */
function hasStableAddress(device: NodeDevice): boolean {
  return device.zpci?.fid === undefined || device.zpci.uidIsUnique === true;
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

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`;
}
