/**
 * `qemuDevices`: QEMU's `-device` objects of a guest's PCI and NVMe controllers, host devices and zPCI ids.
 *
 * Rules: docs/addressing.md §16.
 */
import { type Controller, type Device, isController, isPresent } from '../addressing/guest/device.ts';
import { controllersOf, type Guest } from '../addressing/guest/guest.ts';
import { type SpokenFor, spokenFor } from '../addressing/libvirt/spoken-for.ts';
import { placeGuest, type PlaceOptions } from '../addressing/place.ts';
import { assignZpciAtStart } from '../addressing/zpci/assign.ts';
import { remarks } from '../addressing/validate/remarks.ts';
import type { Problem } from '../errors.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type Aliases, aliasesOf } from './aliases.ts';
import type { DeviceObject } from './device-object.ts';
import { addressKeys } from './bus-names.ts';
import { nvmeSerials } from '../addressing/guest/nvme.ts';
import { initiatorObjects } from './initiators.ts';
import { backendObjects, hostDeviceObject, pciObject } from './host-devices.ts';
import { controllerObject } from './pci-controllers.ts';
import { zpci } from './vfio.ts';

export type QemuDevices =
  | {
      readonly ok: true;
      /** `-object` arguments that devices refer to; they come first. */
      readonly objects: readonly DeviceObject[];
      readonly devices: readonly DeviceObject[];
      /** `-object` arguments that refer to devices (acpi-generic-initiator: the NUMA cells that a function is near); they come last. */
      readonly initiators: readonly DeviceObject[];
      /** What there is to know, none of it an error. */
      readonly problems: readonly Problem[];
      readonly versions: SpokenFor;
    }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly versions: SpokenFor | undefined };

/**
 * The objects, in the order in which libvirt gives them to QEMU; a zpci object comes directly before its device.
 * Devices other than controllers and host devices are not listed, but their zpci objects are. They are those of the libvirt of the options, else
 * of the newest that is known.
 *
 * @throws {HostdevError} `version-malformed` where `options.libvirt` is no version.
 * @example
 * ```ts
 * import { formatJson, qemuDevices } from 'hostdev';
 * const result = qemuDevices(`<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os><devices>
 *   <hostdev mode='subsystem' type='pci'><source><address domain='7' bus='0' slot='0'/></source></hostdev>
 * </devices></domain>`);
 * if (result.ok) for (const device of result.devices) console.log(formatJson(device));
 * // → {"driver":"zpci","uid":1,"fid":0,"target":"hostdev0","id":"zpci1"}
 * // → {"driver":"vfio-pci","host":"0007:00:00.0","id":"hostdev0","bus":"pci.0","addr":"0x1"}
 * ```
 */
export function qemuDevices(source: string, options: PlaceOptions = {}): QemuDevices {
  const { guest, problems } = placeGuest(source, options);
  if (guest === undefined || guest.problems.hasErrors()) return { ok: false, problems: problems(), versions: guest && spokenFor(guest) };
  assignZpciAtStart(guest);
  const pools = poolFunctions(guest);
  const aliases = aliasesOf(guest, new Set(pools.keys()));
  const devices: DeviceObject[] = [];
  const functions: (readonly [Device, string])[] = [];
  for (const device of inQemuOrder(guest)) {
    const own = objectOf(guest, aliases, device, pools);
    if (hasZpci(device) && (own !== undefined || isNamed(device))) devices.push(zpci(device.place.uid ?? 0, device.place.fid ?? 0, aliases.get(device) ?? ''));
    if (own !== undefined) devices.push(own);
    if (own !== undefined && device.hostdev?.type === 'pci') functions.push([device, aliases.get(device) ?? '']);
  }
  return {
    ok: true,
    objects: backendObjects(guest),
    devices,
    initiators: initiatorObjects(guest, functions),
    problems: [...problems(), ...remarks(guest)],
    versions: spokenFor(guest),
  };
}

/** Functions that networks give to interfaces, where they are known. */
function poolFunctions(guest: Guest): Map<Device, string> {
  const found = new Map<Device, string>();
  for (const nic of guest.lists.interface) {
    if (nic.type !== 'network' || nic.target === undefined || guest.host.networkForward(nic.target) !== 'hostdev') continue;
    const address = guest.host.networkFunction?.(nic.target);
    if (address !== undefined) found.set(nic, [address.domain, address.bus, address.slot].map((n) => n.toString(16)).join(':') + `.${address.function}`);
  }
  return found;
}

function objectOf(guest: Guest, aliases: Aliases, device: Device, pools: ReadonlyMap<Device, string>): DeviceObject | undefined {
  if (isController(device)) {
    if (device.type === 'nvme') return nvmeObject(guest, aliases, device);
    return device.type === 'pci' ? controllerObject(guest, aliases, device) : undefined;
  }
  const pool = pools.get(device);
  if (pool !== undefined) return pciObject(guest, aliases, device, parsePciAddress(pool));
  return device.kind === 'hostdev' ? hostDeviceObject(guest, aliases, device) : undefined;
}

/** Its disks are namespaces of it, and no PCI devices. */
function nvmeObject(guest: Guest, aliases: Aliases, controller: Controller): DeviceObject {
  const [serial = ''] = nvmeSerials(guest, controller);
  return { driver: 'nvme', id: aliases.get(controller) ?? '', serial, ...addressKeys(guest, controller) };
}

/** Kinds that are not listed themselves but can have a zpci object. */
const WITH_ZPCI = new Set<Device['kind']>([
  'disk',
  'filesystem',
  'controller',
  'watchdog',
  'memballoon',
  'input',
  'sound',
  'video',
  'rng',
  'interface',
  'shmem',
  'vsock',
  'crypto',
]);

function isNamed(device: Device): boolean {
  // A USB controller without model is left out, and so are its ids.
  if (isController(device) && device.type === 'usb' && device.model === undefined) return false;
  return WITH_ZPCI.has(device.kind);
}

/** mdevs may own ids, but libvirt makes no object of them. */
function hasZpci(device: Device): boolean {
  return isPresent(device.place) && device.place.uid !== undefined && device.place.fid !== undefined && device.hostdev?.type !== 'mdev';
}

const CONTROLLER_TYPES = ['pci', 'usb', 'scsi', 'ide', 'sata', 'virtio-serial', 'nvme'];
const GROUPS = ['disk', 'filesystem', 'interface', 'input', 'video', 'sound', 'watchdog'] as const;
const LAST = ['memballoon', 'rng', 'shmem', 'vsock', 'crypto'] as const;

function inQemuOrder(guest: Guest): Device[] {
  const controllers: Controller[] = CONTROLLER_TYPES.flatMap((type) => controllersOf(guest, type));
  const hostdevs = guest.lists.hostdev;
  // A hostdev interface stands at its interface's turn, with its host device's object.
  const interfaces = guest.lists.interface.map((nic) => hostdevs.find((h) => h.interface === nic) ?? nic);
  const before = GROUPS.flatMap((kind) => (kind === 'interface' ? interfaces : guest.lists[kind]));
  return [...controllers, ...before, ...hostdevs.filter((h) => h.interface === undefined), ...LAST.flatMap((kind) => guest.lists[kind])];
}
