/** Every PCI function of a machine, read from sysfs. Source: the kernel's ABI documents sysfs-bus-pci and s390/pci. */
import { HostdevError } from '../errors.ts';
import { comparePciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { parseSysfsName, sysfsPath } from '../pci/sysfs-name.ts';
import { answersReads, headerType, isExpress } from './config-space.ts';
import type { NodeDevice, ShownFacts, SriovFacts, ZpciFacts } from '../state/node-device.ts';
import { identityInUevent, readIdentity } from './identity.ts';
import { type HostReader, parseAttribute, readLinkName, readNumber } from './port.ts';
import { readShownFacts } from './shown-facts.ts';

const DEVICES = '/sys/bus/pci/devices';
const GROUPS = '/sys/kernel/iommu_groups';

/** All facts of a function. */
type WholeDevice = NodeDevice & ShownFacts;

/**
 * Reads all functions, in lspci's order. One that vanishes while it is read is left out.
 *
 * @throws {HostdevError} `no-pci` when the tree has no PCI bus.
 * @example
 * ```ts
 * import { readInventory } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const port = fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', iommuGroup: 7 }]);
 * console.log((await readInventory(port)).map(({ driver }) => driver ?? 'none').join(' ')); // → nvme none
 * ```
 */
export async function readInventory(port: HostReader): Promise<WholeDevice[]> {
  return eachFunction(port, readNodeDevice);
}

/** All functions as they are judged: without what is only told of one. */
export async function readJudgedFunctions(port: HostReader): Promise<NodeDevice[]> {
  return eachFunction(port, readJudgedFunction);
}

async function eachFunction<T>(port: HostReader, read: (port: HostReader, address: PciAddress) => Promise<T | undefined>): Promise<T[]> {
  const found: T[] = [];
  for (const address of await readAddresses(port)) {
    const device = await read(port, address);
    if (device !== undefined) found.push(device);
  }
  return found;
}

/**
 * The addresses of all functions, in lspci's order.
 *
 * @example
 * ```ts
 * import { formatPciAddress } from 'hostdev';
 * import { readAddresses } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const port = fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', iommuGroup: 7 }]);
 * console.log((await readAddresses(port)).map(formatPciAddress).join(' ')); // → 0000:01:00.0 0000:01:00.1
 * ```
 */
export async function readAddresses(port: HostReader): Promise<PciAddress[]> {
  const names = await port.list(DEVICES);
  if (names === undefined) {
    throw new HostdevError('no-pci', 'there is no PCI bus: /sys/bus/pci/devices is missing', {
      hint: 'is this a container without /sys, a machine without PCI, or a copy that lacks it?',
    });
  }
  return addressesAmong(names);
}

/** Attributes with one text each; which of them there are depends on the function. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['uevent', 'driver_override', 'reset_method', 'boot_vga'],
  ...['function_id', 'uid', 'uid_is_unique', 'pchid', 'port', 'pft', 'vfn', 'pfgid', 'function_handle'],
]);

/**
 * Reads one function; undefined when it is not there (any more).
 *
 * @example
 * ```ts
 * import { parsePciAddress } from 'hostdev';
 * import { readNodeDevice } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const port = fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', iommuGroup: 7 }]);
 * console.log((await readNodeDevice(port, parsePciAddress('01:00.0')))?.iommuGroup); // → 7
 * ```
 */
export async function readNodeDevice(port: HostReader, address: PciAddress): Promise<WholeDevice | undefined> {
  const device = await readJudgedFunction(port, address);
  return device === undefined ? undefined : { ...device, ...(await readShownFacts(port, address)) };
}

async function readJudgedFunction(port: HostReader, address: PciAddress): Promise<NodeDevice | undefined> {
  const at = sysfsPath(address);
  const found = await port.list(at);
  if (found === undefined && !port.refused.has(at)) return undefined;
  const names = found ?? [];
  const has = new Set(names);
  const texts = await port.attributes(
    at,
    names.filter((name) => ATTRIBUTES.has(name)),
  );
  const number = (name: string): number | undefined => parseAttribute(texts.get(name));
  const identity = identityInUevent(texts.get('uevent'), address) ?? (await readIdentity(port, at, has));
  const { vendor, device, pciClass } = identity;
  const unread = found === undefined ? ['its directory'] : await unreadIdentity(port, at, { vendor, device, class: pciClass });
  if (unread === 'gone') return undefined;
  const place = (await port.readlink(at)) ?? '';
  const config = has.has('config') ? await port.read(`${at}/config`, CONFIG_LENGTH) : undefined;
  const answers = answersReads(config);
  const link = (name: string): Promise<string | undefined> => (has.has(name) ? readLinkName(port, `${at}/${name}`) : NOTHING);
  const override = texts.get('driver_override');
  const netdevs = has.has('net') ? ((await port.list(`${at}/net`)) ?? []) : [];
  return {
    address,
    unread,
    vendor: vendor ?? UNKNOWN_ID,
    device: device ?? UNKNOWN_ID,
    subsystemVendor: identity.subsystemVendor,
    subsystemDevice: identity.subsystemDevice,
    pciClass: pciClass ?? UNKNOWN_CLASS,
    driver: await link('driver'),
    driverOverride: override === '(null)' ? undefined : override,
    iommuGroup: numberOrUndefined(await link('iommu_group')) ?? (await groupWith(port, address)),
    resetMethods: texts.get('reset_method')?.split(' ') ?? [],
    headerType: answers ? headerType(config) : undefined,
    // Only functions of PCI Express have a link; that tells where the config space does not.
    express: (answers ? isExpress(config) : undefined) ?? (has.has('current_link_speed') ? true : undefined),
    answers,
    physicalFunction: has.has('physfn') ? parseSysfsName(await link('physfn')) : undefined,
    domainController: address.domain > 0xffff ? domainControllerIn(place) : undefined,
    bridge: bridgeIn(place, address),
    sriov: has.has('sriov_totalvfs') ? await readSriov(port, at, names) : undefined,
    modalias: identity.modalias,
    netdevs,
    netdevElsewhere: has.has('net') && netdevs.length === 0,
    bootVga: number('boot_vga') === 1,
    mdevs: has.has('mdev_supported_types') ? await readMdevs(port, at) : [],
    zpci: has.has('function_id') ? zpciOf(number) : undefined,
  };
}

/** Conventional PCI's space, and one byte of what PCI Express has behind: to the kernel each four bytes are a request to the device. */
const CONFIG_LENGTH = 257;

/** What stands for ids that cannot be read; no vendor has it (PCI Local Bus Specification 6.2.1). */
const UNKNOWN_ID = 0xffff;

/** "Device does not fit any class". */
const UNKNOWN_CLASS = 0xff_0000;

/** Attributes that every function has, and that could not be read of this one; one that is going away loses them. */
async function unreadIdentity(port: HostReader, at: string, identity: Readonly<Record<string, number | undefined>>): Promise<string[] | 'gone'> {
  const unread: string[] = [];
  for (const [name, value] of Object.entries(identity)) {
    if (value !== undefined) continue;
    const isThere = port.refused.has(`${at}/${name}`) || (await port.read(`${at}/${name}`, 16)) !== undefined;
    if (!isThere) return 'gone';
    unread.push(name);
  }
  return unread;
}

/** A VMD controller is a function whose directory holds the bus of another domain: `…/0000:00:0e.0/pci10000:e0/10000:e0:06.0`. */
function domainControllerIn(place: string): PciAddress | undefined {
  return parseSysfsName(/\/([^/]+)\/pci[0-9a-f]{5,8}:[0-9a-f]{2}\//.exec(place)?.[1]);
}

/** A function is in the directory of its bridge: `…/pci0000:00/0000:00:01.0/0000:01:00.0`. */
function bridgeIn(place: string, address: PciAddress): PciAddress | undefined {
  const [above, own] = place.split('/').slice(-2).map(parseSysfsName);
  return own !== undefined && samePciAddress(own, address) ? above : undefined;
}

async function readMdevs(port: HostReader, at: string): Promise<NodeDevice['mdevs']> {
  const found: { uuid: string; type: string }[] = [];
  for (const type of (await port.list(`${at}/mdev_supported_types`)) ?? []) {
    for (const uuid of (await port.list(`${at}/mdev_supported_types/${type}/devices`)) ?? []) found.push({ uuid, type });
  }
  return found;
}

const NOTHING = Promise.resolve(undefined);

async function readSriov(port: HostReader, at: string, names: readonly string[]): Promise<SriovFacts> {
  const links = names.filter((name) => /^virtfn\d+$/.test(name)).sort((a, b) => Number(a.slice(6)) - Number(b.slice(6)));
  const functions = await Promise.all(links.map((name) => readLinkName(port, `${at}/${name}`)));
  const [totalVfs, numVfs] = await Promise.all([readNumber(port, `${at}/sriov_totalvfs`), readNumber(port, `${at}/sriov_numvfs`)]);
  return { totalVfs, numVfs, virtualFunctions: functions.flatMap((name) => parseSysfsName(name) ?? []) };
}

function zpciOf(number: (name: string) => number | undefined): ZpciFacts {
  const unique = number('uid_is_unique');
  return {
    fid: number('function_id'),
    uid: number('uid'),
    uidIsUnique: unique === undefined ? undefined : unique === 1,
    pchid: number('pchid'),
    port: number('port'),
    pft: number('pft'),
    vfn: number('vfn'),
    pfgid: number('pfgid'),
    functionHandle: number('function_handle'),
  };
}

function numberOrUndefined(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Names that are not addresses are no functions. */
function addressesAmong(names: readonly string[]): PciAddress[] {
  return names.flatMap((name) => parseSysfsName(name) ?? []).sort(comparePciAddress);
}

/** The group whose list names a function that does not name its group itself: in a copy the link may have got lost. */
async function groupWith(port: HostReader, address: PciAddress): Promise<number | undefined> {
  for (const name of (await port.list(GROUPS)) ?? []) {
    const members = addressesAmong((await port.list(`${GROUPS}/${name}/devices`)) ?? []);
    if (members.some((member) => samePciAddress(member, address))) return numberOrUndefined(name);
  }
  return undefined;
}

/**
 * The functions of a group, from the kernel's own list.
 *
 * @example
 * ```ts
 * import { formatPciAddress } from 'hostdev';
 * import { readGroupMembers } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const port = fakeKernel([{ address: '01:00.0', driver: 'nvme', iommuGroup: 7 }, { address: '01:00.1', iommuGroup: 7 }]);
 * console.log((await readGroupMembers(port, 7)).map(formatPciAddress).join(' ')); // → 0000:01:00.0 0000:01:00.1
 * ```
 */
export async function readGroupMembers(port: HostReader, group: number): Promise<PciAddress[]> {
  const names = (await port.list(`${GROUPS}/${group}/devices`)) ?? [];
  return addressesAmong(names);
}
