/**
 * `assignHotplug`: where libvirt would plug a host device into a guest that runs.
 *
 * Rules: docs/addressing.md §14.
 */
import { HostdevError, type Problem } from '../errors.ts';
import { parseXml } from '../xml/parse.ts';
import { enclose } from '../xml/write.ts';
import { checkUid, type ZpciIds } from '../pci/zpci.ts';
import type { PciAddress } from '../pci/address.ts';
import { openTable } from './assign/assign.ts';
import { groupOf } from './assign/isolation.ts';
import { checkFixed, findFree, reserve } from './buses/table.ts';
import { needOf } from './buses/needs.ts';
import { type Device, isPresent, isWanted } from './guest/device.ts';
import { doesOf, type Guest, has } from './guest/guest.ts';
import { deviceName } from './guest/name.ts';
import { readDevices } from './guest/read.ts';
import { placeGuest, type PlaceOptions } from './place.ts';
import { makeProblemList } from './problems.ts';
import { slotOf } from './buses/slots.ts';
import { bootConflicts } from './validate/boot-order.ts';
import { lowestFreeId, reserveId } from './zpci/pool.ts';

export interface HotplugPlace {
  readonly address: PciAddress;
  readonly zpci: ZpciIds | undefined;
}

export type HotplugResult = { readonly ok: true; readonly place: HotplugPlace } | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Address and zPCI ids that a host device gets in a running guest. The guest's definition must be the live one,
 * in which every device has its address. No bus is ever added: a slot must be free. It is where the libvirt of the options puts it, else the
 * newest that is known; but buses that libvirt would choose and QEMU then refuses (the root of i440fx without ACPI) are passed over: name the place.
 *
 * @throws {HostdevError} `version-malformed` where `options.libvirt` is no version.
 * @example
 * ```ts
 * import { assignHotplug, expandDomain, formatPciAddress } from 'hostdev';
 * const guest = expandDomain("<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices/></domain>");
 * const hostdev = "<hostdev mode='subsystem' type='pci'><source><address domain='7' bus='0' slot='0'/></source></hostdev>";
 * const result = guest.ok && assignHotplug(guest.xml, hostdev);
 * if (result && result.ok) console.log(formatPciAddress(result.place.address), result.place.zpci); // → 0000:00:01.0 { uid: 1, fid: 0 }
 * ```
 */
export function assignHotplug(domain: string, hostdev: string, options: PlaceOptions = {}): HotplugResult {
  const { guest, problems } = placeGuest(domain, { newDefinition: false, accepted: true, ...options });
  // What is wrong elsewhere in a guest that runs all the same is no reason against one more device.
  if (guest === undefined) return { ok: false, problems: problems() };
  try {
    return { ok: true, place: plug(guest, readHostdev(guest, hostdev)) };
  } catch (error) {
    if (error instanceof HostdevError) return { ok: false, problems: [error.toProblem()] };
    throw error;
  }
}

/** The device as it would be read from a definition that has it. */
function readHostdev(guest: Guest, source: string): Device {
  const document = parseXml(source);
  const { root } = document;
  if (root.name !== 'hostdev' && root.name !== 'interface') {
    throw new HostdevError('domain-malformed', `<${root.name}> is not a host device`, { hint: "give a <hostdev> or an <interface type='hostdev'>" });
  }
  const wrapped = parseXml(enclose(['domain', 'devices'], source.slice(root.start, root.end)));
  const devices = wrapped.root.children[0];
  const problems = makeProblemList();
  const lists = readDevices({ ...guest.domain, document: wrapped, devices: devices?.kind === 'element' ? devices : undefined }, problems, doesOf(guest));
  const [problem] = problems.all();
  if (problem !== undefined) throw HostdevError.from(problem);
  const [device] = lists.hostdev;
  if (device === undefined) throw new HostdevError('domain-malformed', 'the interface is not a host device', { hint: "write <interface type='hostdev'>" });
  return device;
}

function plug(guest: Guest, device: Device): HotplugPlace {
  const who = deviceName(device);
  checkPluggable(guest, device, who);
  const pass = openTable(guest);
  const need = needOf(guest, device);
  if (need === undefined) throw new HostdevError('guest-address-type', `${who} is not on PCI`, { hint: 'only PCI host devices get a PCI address' });
  device.group = groupOf(guest, device);
  const wanted = { ...need, hotplug: true };
  const { place } = device;
  if (isPresent(place)) {
    if (place.domain !== 0)
      throw new HostdevError('guest-address-domain', `${who} has guest PCI domain 0x${place.domain.toString(16)}`, {
        hint: "a guest's PCI domain is always 0",
      });
    if (place.function !== 0)
      throw new HostdevError('guest-address-invalid', `${who} cannot be plugged in as function ${place.function}`, {
        hint: 'a device that is plugged in has function 0',
      });
    checkFixed(pass.table, slotOf(place), wanted, who);
    reserve(pass.table, slotOf(place), { need: wanted, placement: 'fixed', group: device.group, who });
  } else {
    const at = findFree(pass.table, wanted, device.group);
    if (at === undefined) {
      throw new HostdevError('guest-address-none-left', `${who}: the running guest has no free slot with hot-plug`, {
        subject: who,
        hint: 'add a pcie-root-port (or pci-bridge) to its definition and restart it, or detach a device',
      });
    }
    Object.assign(place, { type: 'pci', domain: 0, ...at });
  }
  return { address: { domain: 0, ...slotOf(place) }, zpci: idsFor(guest, device, pass.zpci, who) };
}

/** Everything that keeps a device from being plugged in, wherever there is room. */
function checkPluggable(guest: Guest, device: Device, who: string): void {
  const { type, key } = device.hostdev ?? {};
  const { place } = device;
  const isMdev = type === 'mdev' && device.model === 'vfio-pci';
  if ((type !== 'pci' && !isMdev) || place.type === 'unassigned' || !(isWanted(place) || isPresent(place))) {
    throw new HostdevError('guest-address-type', `${who} does not go to the guest's PCI`, {
      subject: who,
      hint: 'only PCI functions and mediated devices of model vfio-pci get a PCI address',
    });
  }
  if (key === undefined || key === '') {
    throw new HostdevError('source-invalid', `${who} does not say which device of the host it is`, { subject: who, hint: 'write its <source>' });
  }
  if (guest.lists.hostdev.some((other) => other.hostdev?.type === type && other.hostdev?.key === key)) {
    throw new HostdevError('hostdev-present', `the guest already has ${key}`, { subject: key, hint: 'detach it first' });
  }
  const [conflict] = device.element === undefined ? [] : bootConflicts(guest, device.element);
  if (conflict !== undefined) throw new HostdevError('boot-order', `${who} ${conflict.message}`, { subject: who, hint: conflict.hint });
  if (place.uid !== undefined || place.fid !== undefined) {
    if (!has(guest, 'zpci'))
      throw new HostdevError('zpci-unsupported', `${who} has zPCI ids, but this guest has no zPCI`, { subject: who, hint: 'remove <zpci>' });
    if (place.uid !== undefined) checkUid(place.uid);
  }
}

function idsFor(guest: Guest, device: Device, pool: Parameters<typeof lowestFreeId>[0], who: string): ZpciIds | undefined {
  if (!has(guest, 'zpci')) return undefined;
  const uid = device.place.uid ?? lowestFreeId(pool, 'uid', who);
  const fid = device.place.fid ?? lowestFreeId(pool, 'fid', who);
  reserveId(pool, 'uid', uid, who);
  reserveId(pool, 'fid', fid, who);
  return { uid, fid };
}
