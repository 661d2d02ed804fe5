/** Every PCI function of a machine, read from sysfs. Source: the kernel's ABI documents sysfs-bus-pci and s390/pci. */
import { HostdevError } from '../errors.ts';
import { comparePciAddress, formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { headerType, isExpress } from './config-space.ts';
import type { LinkFacts, NodeDevice, SriovFacts, ZpciFacts } from './node-device.ts';
import { type HostReader, readLinkName, readNumber, readText } from './port.ts';

const DEVICES = '/sys/bus/pci/devices';

const IS_ADDRESS = /^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/;

/** After so many functions others get a turn: reading is synchronous underneath. */
const TURN = 64;

/**
 * Reads all functions, in lspci's order. One that vanishes while it is read is left out.
 *
 * @throws {HostdevError} `no-pci` when the tree has no PCI bus.
 */
export async function readInventory(port: HostReader): Promise<NodeDevice[]> {
  const found: NodeDevice[] = [];
  for (const [i, address] of (await readAddresses(port)).entries()) {
    if (i % TURN === TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    const device = await readNodeDevice(port, address);
    if (device !== undefined) found.push(device);
  }
  return found;
}

/** The addresses of all functions, in lspci's order. */
export async function readAddresses(port: HostReader): Promise<PciAddress[]> {
  const names = await port.list(DEVICES);
  if (names === undefined) {
    throw new HostdevError('no-pci', 'there is no PCI bus: /sys/bus/pci/devices is missing', {
      hint: 'is this a container without /sys, a machine without PCI, or a copy that lacks it?',
    });
  }
  // Names that are not addresses cannot be functions (VMD and the like give domains above 0xffff).
  return names
    .filter((name) => IS_ADDRESS.test(name))
    .map(parsePciAddress)
    .sort(comparePciAddress);
}

/** Directory of a function in sysfs. The address is made of numbers only, so the path cannot lead elsewhere. */
export function sysfsPath(address: PciAddress): string {
  return `${DEVICES}/${formatPciAddress(address)}`;
}

/** Reads one function; undefined when it is not there (any more). */
export async function readNodeDevice(port: HostReader, address: PciAddress): Promise<NodeDevice | undefined> {
  const at = sysfsPath(address);
  const number = (name: string): Promise<number | undefined> => readNumber(port, `${at}/${name}`);
  const names = await port.list(at);
  if (names === undefined) return undefined;
  const has = new Set(names);
  const optional = (name: string): Promise<number | undefined> => (has.has(name) ? number(name) : Promise.resolve(undefined));
  const text = (name: string): Promise<string | undefined> => (has.has(name) ? readText(port, `${at}/${name}`) : Promise.resolve(undefined));
  const [vendor, device, pciClass] = await Promise.all([number('vendor'), number('device'), number('class')]);
  if (vendor === undefined || device === undefined || pciClass === undefined) return undefined;
  const config = has.has('config') ? await port.read(`${at}/config`, 4096) : undefined;
  const [override, resets, numaNode, modalias, bootVga] = await Promise.all([
    text('driver_override'),
    text('reset_method'),
    optional('numa_node'),
    text('modalias'),
    optional('boot_vga'),
  ]);
  return {
    address,
    vendor,
    device,
    subsystemVendor: await optional('subsystem_vendor'),
    subsystemDevice: await optional('subsystem_device'),
    revision: await optional('revision'),
    pciClass,
    driver: has.has('driver') ? await readLinkName(port, `${at}/driver`) : undefined,
    driverOverride: override === '(null)' ? undefined : override,
    iommuGroup: has.has('iommu_group') ? numberOrUndefined(await readLinkName(port, `${at}/iommu_group`)) : undefined,
    resetMethods: resets?.split(' ') ?? [],
    numaNode: numaNode === -1 ? undefined : numaNode,
    headerType: headerType(config),
    express: isExpress(config, config?.length),
    physicalFunction: has.has('physfn') ? addressOrUndefined(await readLinkName(port, `${at}/physfn`)) : undefined,
    sriov: has.has('sriov_totalvfs') ? await readSriov(port, at, names) : undefined,
    link: has.has('current_link_speed') ? await readLink(text) : undefined,
    modalias,
    netdevs: has.has('net') ? ((await port.list(`${at}/net`)) ?? []) : [],
    bootVga: bootVga === 1,
    zpci: has.has('function_id') ? await readZpci(optional) : undefined,
  };
}

async function readSriov(port: HostReader, at: string, names: readonly string[]): Promise<SriovFacts> {
  const links = names.filter((name) => /^virtfn\d+$/.test(name)).sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)));
  const functions = await Promise.all(links.map((name) => readLinkName(port, `${at}/${name}`)));
  const [totalVfs, numVfs] = await Promise.all([readNumber(port, `${at}/sriov_totalvfs`), readNumber(port, `${at}/sriov_numvfs`)]);
  return { totalVfs, numVfs, virtualFunctions: functions.flatMap((name) => addressOrUndefined(name) ?? []) };
}

async function readLink(text: (name: string) => Promise<string | undefined>): Promise<LinkFacts> {
  const [speed, width, maxSpeed, maxWidth] = await Promise.all(['current_link_speed', 'current_link_width', 'max_link_speed', 'max_link_width'].map(text));
  return { speed, width, maxSpeed, maxWidth };
}

async function readZpci(optional: (name: string) => Promise<number | undefined>): Promise<ZpciFacts> {
  const names = ['function_id', 'uid', 'uid_is_unique', 'pchid', 'port', 'pft', 'vfn', 'pfgid', 'function_handle'];
  const [fid, uid, unique, pchid, port, pft, vfn, pfgid, functionHandle] = await Promise.all(names.map(optional));
  return { fid, uid, uidIsUnique: unique === undefined ? undefined : unique === 1, pchid, port, pft, vfn, pfgid, functionHandle };
}

function numberOrUndefined(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function addressOrUndefined(name: string | undefined): PciAddress | undefined {
  // Domains above 0xffff (VMD) have no address that libvirt could name.
  return name !== undefined && IS_ADDRESS.test(name) ? parsePciAddress(name) : undefined;
}

/** The other functions of a group, from the kernel's own list. */
export async function readGroupMembers(port: HostReader, group: number): Promise<PciAddress[]> {
  const names = (await port.list(`/sys/kernel/iommu_groups/${group}/devices`)) ?? [];
  return names
    .filter((name) => IS_ADDRESS.test(name))
    .map(parsePciAddress)
    .sort(comparePciAddress);
}
