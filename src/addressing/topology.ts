/** `guestTopology`: the guest's PCI tree, where each host function lands, and where hot-plug still has room. */
import type { Problem } from '../errors.ts';
import { formatFid, formatUid } from '../pci/zpci.ts';
import { BUS_MODELS } from './buses/models.ts';
import { takesWhileRunning } from './buses/plugging.ts';
import { formatSlot, slotOf } from './buses/slots.ts';
import { type Controller, type Device, isController, isPresent } from './guest/device.ts';
import { controllersOf, type Guest, visitAll } from './guest/guest.ts';
import { deviceName } from './guest/name.ts';
import { type SpokenFor, spokenFor } from './libvirt/spoken-for.ts';
import { placeGuest, type PlaceOptions } from './place.ts';
import { remarks } from './validate/remarks.ts';
import { assignZpciAtStart } from './zpci/assign.ts';

/** One bus and what is plugged into it. */
export interface TopologyBus {
  /** Index of the controller that provides it. */
  readonly index: number;
  readonly model: string;
  /** Why libvirt adds the controller; undefined when the definition has it. */
  readonly added: string | undefined;
  readonly slots: readonly TopologySlot[];
  /** Slots that a device can still be plugged into while the guest runs; 0 on a bus without hot-plug. */
  readonly freeHotplugSlots: number;
}

/** One device on a bus; `bus` is there when it provides one. */
export interface TopologySlot {
  readonly address: string;
  readonly name: string;
  readonly kind: string;
  /** The host function, for a PCI host device. */
  readonly hostFunction: string | undefined;
  /** What the guest's kernel will call it, where that is known: `uid:00:00.0` on IBM Z. */
  readonly guestName: string | undefined;
  readonly zpci: { readonly uid: number; readonly fid: number } | undefined;
  readonly added: string | undefined;
  readonly bus: TopologyBus | undefined;
}

export interface Topology {
  readonly machine: string;
  /** Buses that are plugged into nothing: the root, on POWER one for each host bridge. */
  readonly roots: readonly TopologyBus[];
  readonly freeHotplugSlots: number;
}

export type TopologyResult =
  | { readonly ok: true; readonly topology: Topology; readonly problems: readonly Problem[]; readonly versions: SpokenFor }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly versions: SpokenFor | undefined };

/**
 * The PCI tree of a definition, with everything that libvirt would add: that of the options, else the newest that is known.
 *
 * @throws {HostdevError} `version-malformed` where `options.libvirt` is no version.
 * @example
 * ```ts
 * import { guestTopology } from 'hostdev';
 * const result = guestTopology(`<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
 *   <hostdev mode='subsystem' type='pci'><source><address bus='1' slot='0'/></source></hostdev></devices></domain>`);
 * if (result.ok) console.log(result.topology.roots[0]?.model, result.topology.freeHotplugSlots); // → pcie-root 1
 * ```
 */
export function guestTopology(source: string, options: PlaceOptions = {}): TopologyResult {
  const { guest, problems } = placeGuest(source, options);
  if (guest === undefined || guest.problems.hasErrors()) return { ok: false, problems: problems(), versions: guest && spokenFor(guest) };
  assignZpciAtStart(guest);
  const byBus = new Map<number, Device[]>();
  for (const device of placedDevices(guest)) {
    const list = byBus.get(device.place.bus) ?? [];
    list.push(device);
    byBus.set(device.place.bus, list);
  }
  const roots = controllersOf(guest, 'pci')
    .filter((c) => !isPresent(c.place))
    .map((c) => busOf(guest, c, byBus));
  const topology = { machine: guest.machine, roots, freeHotplugSlots: roots.reduce((sum, bus) => sum + freeBelow(bus, () => true), 0) };
  return { ok: true, topology, problems: [...problems(), ...remarks(guest)], versions: spokenFor(guest) };
}

/**
 * Slots that a function can still be plugged into while the guest runs. Root ports take PCI Express functions only, bridges conventional ones; where
 * the root is conventional every function is.
 */
export function freeSlotsFor(topology: Topology, { express }: { readonly express: boolean }): number {
  const { roots, freeHotplugSlots } = topology;
  if (!isExpressTopology(topology)) return freeHotplugSlots;
  const takes = ({ model }: TopologyBus): boolean => BUS_MODELS[model]?.accepts.has(express ? 'express' : 'conventional') === true;
  return roots.reduce((sum, bus) => sum + freeBelow(bus, takes), 0);
}

/** Whether the guest has PCI Express: only there does it matter of which kind a function is. */
export function isExpressTopology({ roots }: Topology): boolean {
  return roots.some(({ model }) => model === 'pcie-root');
}

function freeBelow(bus: TopologyBus, counts: (bus: TopologyBus) => boolean): number {
  const own = counts(bus) ? bus.freeHotplugSlots : 0;
  return bus.slots.reduce((sum, slot) => sum + (slot.bus === undefined ? 0 : freeBelow(slot.bus, counts)), own);
}

/** Devices with a PCI address, each place once, a hostdev interface as its host device. */
function placedDevices(guest: Guest): Device[] {
  const own = new Map(guest.lists.hostdev.map((h) => [h.place, h]));
  const seen = new Set<Device['place']>();
  const found: Device[] = [];
  for (const device of visitAll(guest)) {
    if (!isPresent(device.place) || seen.has(device.place)) continue;
    seen.add(device.place);
    found.push(own.get(device.place) ?? device);
  }
  return found;
}

function busOf(guest: Guest, controller: Controller, byBus: ReadonlyMap<number, readonly Device[]>): TopologyBus {
  const model = controller.model ?? 'pci-root';
  const devices = [...(byBus.get(controller.index) ?? [])].sort((a, b) => a.place.slot - b.place.slot || a.place.function - b.place.function);
  return {
    index: controller.index,
    model,
    added: controller.added,
    slots: devices.map((device) => slotEntry(guest, device, byBus)),
    freeHotplugSlots: freeSlots(guest, controller, devices),
  };
}

function freeSlots(guest: Guest, controller: Controller, devices: readonly Device[]): number {
  const row = BUS_MODELS[controller.model ?? ''];
  if (row === undefined || !takesWhileRunning(guest, controller)) return 0;
  const used = new Set(devices.map((device) => device.place.slot));
  // The chipset keeps slot 1 of an i440fx to itself, whether or not a device of the definition shows there.
  if (controller.index === 0 && guest.machineClass === 'i440fx') used.add(1);
  return row.lastSlot - row.firstSlot + 1 - used.size;
}

function slotEntry(guest: Guest, device: Device, byBus: ReadonlyMap<number, readonly Device[]>): TopologySlot {
  const { place } = device;
  const ids = place.uid === undefined || place.fid === undefined ? undefined : { uid: place.uid, fid: place.fid };
  return {
    address: formatSlot(slotOf(place)),
    name: deviceName(device),
    kind: device.kind,
    hostFunction: device.hostdev?.type === 'pci' ? device.hostdev.key : undefined,
    guestName: ids === undefined ? undefined : `${formatUid(ids.uid).slice(2)}:00:00.0 in slot ${formatFid(ids.fid).slice(2)}`,
    zpci: ids,
    added: device.added,
    bus: isController(device) && device.type === 'pci' ? busOf(guest, device, byBus) : undefined,
  };
}
