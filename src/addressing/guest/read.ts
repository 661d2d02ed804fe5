/**
 * From a definition to the lists: what the order of devices will be before anything is added.
 *
 * Rules: docs/addressing.md §3, §13.
 */
import type { Domain } from '../../domain/domain.ts';
import { numberOf, readGuestAddress, readSourceAddress } from '../../domain/guest-address.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parseNumber } from '../../pci/number.ts';
import { attribute, childElement, childElements, descend, textOf } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import { completeIndexes, defaultStartPort, type Does, insertController } from './controllers.ts';
import { type Controller, type ControllerTarget, DEVICE_KINDS, type Device, type DeviceKind, emptyPlace, type HostdevSource, type Place } from './device.ts';
import { collect, type ProblemList } from '../problems.ts';
import { addDriveControllersForHostdev } from './drives.ts';
import { targetIndex } from './target-name.ts';

type Lists = Record<DeviceKind, Device[]>;

/** Elements that an older libvirt does not know, and leaves out without a word. */
function isLeftOut(name: string, does: Does): boolean {
  return (name === 'crypto' || name === 'pstore') && !does(name);
}

/** Builds the lists of a definition. */
export function readDevices(domain: Domain, problems: ProblemList, does: Does): Lists {
  const lists = Object.fromEntries(DEVICE_KINDS.map((kind) => [kind, []])) as unknown as Lists;
  const elements = domain.devices === undefined ? [] : childElements(domain.devices);
  const known = new Set<string>(DEVICE_KINDS);
  const hostdevs: XmlElement[] = [];
  for (const element of elements) {
    if (!known.has(element.name) || isLeftOut(element.name, does)) continue;
    const kind = element.name as DeviceKind;
    if (kind === 'hostdev') {
      hostdevs.push(element);
      continue;
    }
    const device = kind === 'controller' ? collect(problems, () => readController(domain, element, problems)) : readDevice(domain, element, kind, problems);
    if (device === undefined) continue;
    if (kind === 'disk') insertDisk(lists.disk, device);
    else if (kind === 'controller') insertController(lists.controller as Controller[], device as Controller);
    else if (kind === 'video' && attribute(childElement(element, 'model'), 'primary') === 'yes') lists.video.unshift(device);
    else lists[kind].push(device);
    if (kind === 'interface' && device.type === 'hostdev') collect(problems, () => lists.hostdev.push(hostdevOfInterface(domain, element, device)));
  }
  // Host devices are read behind everything that can share their controllers.
  for (const element of hostdevs) {
    const device = readDevice(domain, element, 'hostdev', problems);
    lists.hostdev.push(device);
    if (device.hostdev?.type === 'scsi') addDriveControllersForHostdev(lists, does);
  }
  completeIndexes(lists.controller as Controller[], does);
  return lists;
}

/** What of a device cannot be read hides nothing else of it: the rest is looked at as if that were not there. */
function readDevice(domain: Domain, element: XmlElement, kind: DeviceKind, problems: ProblemList): Device {
  const place = collect(problems, () => readPlace(domain, element)) ?? emptyPlace();
  const source = (): HostdevSource => hostdevSource(domain, element, attribute(element, 'type') ?? '', place);
  return {
    kind,
    element,
    added: undefined,
    place,
    type: attribute(element, 'type'),
    model: modelOf(element, kind),
    bus: busOf(element, kind),
    target: targetOf(element, kind),
    group: 0,
    interface: undefined,
    hostdev: kind === 'hostdev' ? (collect(problems, source) ?? UNREADABLE) : undefined,
    drive: place.type === 'drive' ? readDrive(place) : undefined,
  };
}

/** The source of a host device of which it is not known what it names. */
const UNREADABLE: HostdevSource = { type: 'unreadable', key: undefined, unassigned: false };

function readController(domain: Domain, element: XmlElement, problems: ProblemList): Controller {
  const type = attribute(element, 'type') ?? '';
  const model = attribute(element, 'model');
  const base = readDevice(domain, element, 'controller', problems);
  const startPort = numberOf(domain, childElement(element, 'master'), 'startport');
  const given = type === 'pci' ? readTarget(domain, element) : {};
  // A USB controller of model none is the absence of one; its address means nothing.
  const place = type === 'usb' && model === 'none' ? emptyPlace() : base.place;
  return {
    ...base,
    kind: 'controller',
    place,
    type,
    model,
    index: numberOf(domain, element, 'index') ?? -1,
    master: startPort ?? (type === 'usb' ? defaultStartPort(model) : undefined),
    ports: numberOf(domain, element, 'ports'),
    settings: { ...given },
    given,
    modelGiven: model !== undefined,
  };
}

function readTarget(domain: Domain, element: XmlElement): ControllerTarget {
  const target = childElement(element, 'target');
  const found: ControllerTarget = {};
  const name = attribute(childElement(element, 'model'), 'name');
  if (name !== undefined) found.modelName = name;
  for (const key of ['chassisNr', 'chassis', 'port', 'busNr', 'index', 'memReserve'] as const) {
    const value = numberOf(domain, target, key);
    if (value !== undefined) found[key] = value;
  }
  const hotplug = attribute(target, 'hotplug');
  if (hotplug !== undefined) found.hotplug = hotplug;
  const node = target === undefined ? undefined : childElement(target, 'node');
  if (node !== undefined) found.node = parseNumber(textOf(domain.document, node)) ?? -1;
  return found;
}

function readPlace(domain: Domain, element: XmlElement): Place {
  const place = emptyPlace();
  const address = readGuestAddress(domain, element);
  if (address === undefined) return place;
  const attributes = Object.fromEntries(address.element.attributes.map((a) => [a.name, a.value]));
  const { pci, zpci } = address;
  return {
    ...place,
    type: address.type,
    attributes,
    ...(pci === undefined ? {} : pci),
    multifunction: address.multifunction,
    uid: zpci.uid,
    fid: zpci.fid,
    reason: { by: 'definition' },
    uidReason: zpci.uid === undefined ? undefined : 'definition',
    fidReason: zpci.fid === undefined ? undefined : 'definition',
  };
}

function readDrive(place: Place): { controller: number; bus: number; target: number; unit: number } {
  const value = (name: string): number => parseNumber(place.attributes[name] ?? '0') ?? 0;
  return { controller: value('controller'), bus: value('bus'), target: value('target'), unit: value('unit') };
}

/** Disks of one bus stay together, ordered by target name; the bus is compared as it is written. */
function insertDisk(disks: Device[], added: Device): void {
  const index = targetIndex(added.target);
  let behind = disks.length;
  for (const [position, disk] of disks.entries()) {
    if (disk.bus !== added.bus) continue;
    if (added.target !== undefined && disk.target !== undefined && targetIndex(disk.target) > index) {
      disks.splice(position, 0, added);
      return;
    }
    behind = position + 1;
  }
  disks.splice(behind, 0, added);
}

function hostdevOfInterface(domain: Domain, element: XmlElement, device: Device): Device {
  const source = childElement(element, 'source');
  const address = source === undefined ? undefined : childElement(source, 'address');
  const type = attribute(address, 'type') ?? 'pci';
  const key = address === undefined || type !== 'pci' ? undefined : formatPciAddress(readSourceAddress(domain, address));
  return {
    ...device,
    kind: 'hostdev',
    type,
    model: undefined,
    interface: device,
    // The very same place object: one address for both.
    place: device.place,
    hostdev: { type, key, unassigned: device.place.type === 'unassigned' },
  };
}

function hostdevSource(domain: Domain, element: XmlElement, type: string, place: Place): HostdevSource {
  const source = childElement(element, 'source');
  const address = source === undefined ? undefined : childElement(source, 'address');
  const unassigned = place.type === 'unassigned';
  if (type === 'pci' && address !== undefined) {
    return { type, key: formatPciAddress(readSourceAddress(domain, address)), unassigned };
  }
  if (type === 'mdev') return { type, key: attribute(address, 'uuid'), unassigned };
  return { type, key: undefined, unassigned };
}

function modelOf(element: XmlElement, kind: DeviceKind): string | undefined {
  switch (kind) {
    case 'video':
    case 'interface':
      return attribute(childElement(element, 'model'), 'type');
    case 'shmem':
      return attribute(childElement(element, 'model'), 'type');
    case 'tpm':
    case 'disk':
    case 'sound':
    case 'watchdog':
    case 'memballoon':
    case 'rng':
    case 'panic':
    case 'memory':
    case 'iommu':
    case 'vsock':
    case 'crypto':
    case 'input':
    case 'hostdev':
    case 'filesystem':
    case 'controller':
      return attribute(element, 'model');
    default:
      return undefined;
  }
}

function busOf(element: XmlElement, kind: DeviceKind): string | undefined {
  switch (kind) {
    case 'disk':
      return attribute(childElement(element, 'target'), 'bus');
    case 'input':
      return attribute(element, 'bus');
    case 'serial':
    case 'console':
    case 'channel':
      return attribute(childElement(element, 'target'), 'type');
    case 'filesystem':
      return attribute(childElement(element, 'driver'), 'type');
    default:
      return undefined;
  }
}

function targetOf(element: XmlElement, kind: DeviceKind): string | undefined {
  if (kind === 'disk') return attribute(childElement(element, 'target'), 'dev');
  if (kind === 'interface') return attribute(descend(element, 'source'), 'network');
  return undefined;
}
