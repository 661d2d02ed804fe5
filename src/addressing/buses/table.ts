/**
 * The occupancy table: which functions of which slots of which buses are taken, and whether a device fits.
 *
 * Rules: docs/addressing.md §8.
 */
import { HostdevError, type ErrorCode } from '../../errors.ts';
import { BUS_MODELS, type BusModel, isEndpoint, type Plug } from './models.ts';
import type { Need } from './needs.ts';
import type { Device } from '../guest/device.ts';
import { deviceName } from '../guest/name.ts';
import { formatSlot, type SlotAddress } from './slots.ts';

export interface Bus {
  readonly model: string;
  readonly row: BusModel;
  readonly hotplug: boolean;
  /** Slot → bit mask of its used functions. */
  readonly used: Map<number, number>;
  /** Who has each function, by slot * 8 + function. */
  readonly holders: Map<number, Claimant>;
  /** No slot below is empty; reservations are never taken back. */
  firstEmpty: number;
  readonly aggregating: Set<number>;
  /** pSeries isolation group, and whether it may change. */
  group: number;
  readonly locked: boolean;
  /** A root port made for a pcie-to-pci-bridge takes nothing else in the pass that made it. */
  readonly reservedFor: Plug | undefined;
}

/** A device, or in words something that no device of the definition stands for. */
export type Claimant = Device | string;

export interface BusTable {
  readonly buses: Bus[];
  readonly pseries: boolean;
  /** Whether a search may add buses (first pass), or must do with what is there. */
  readonly mayGrow: boolean;
  readonly hasPcieToPciBridge: boolean;
  /** Whether root ports are added for a pcie-to-pci-bridge. */
  readonly addsPortsForBridges: boolean;
  /** Every bus before this one is full. */
  firstOpen: number;
}

export function makeBus(model: string, more: { hotplug?: boolean; locked?: boolean; reservedFor?: Plug } = {}): Bus {
  const row = Object.hasOwn(BUS_MODELS, model) ? BUS_MODELS[model] : undefined;
  if (row === undefined) throw new HostdevError('controller-invalid', `'${model}' is not a model of PCI controller`);
  return {
    model,
    row,
    hotplug: row.hotplug && more.hotplug !== false,
    used: new Map(),
    holders: new Map(),
    firstEmpty: row.firstSlot,
    aggregating: new Set(),
    group: 0,
    locked: more.locked ?? false,
    reservedFor: more.reservedFor,
  };
}

/** How a placement came about: named in the definition or by a chipset rule, or chosen by a search. */
export type Placement = 'fixed' | 'free';

/** Why a device does not fit a bus; undefined when it does. */
function misfit(index: number, bus: Bus, need: Need, placement: Placement): string | undefined {
  if (need.integrated) {
    if (index !== 0) return 'it is part of the machine and must be on bus 0';
    return undefined;
  }
  if (bus.reservedFor !== undefined && bus.reservedFor !== need.plug) return `the port is kept for a ${bus.reservedFor}`;
  if (placement === 'free' && isEndpoint(need.plug) && !bus.row.freePlacement) return `a ${bus.model} takes devices only by explicit address`;
  if (need.hotplug && !bus.hotplug) return `a ${bus.model} has no hot-plug`;
  if (bus.row.accepts.has(need.plug)) return undefined;
  const takesEndpoints = bus.row.accepts.has('conventional') || bus.row.accepts.has('express');
  if (placement === 'fixed' && takesEndpoints && isEndpoint(need.plug)) return undefined;
  if (placement === 'fixed' && need.plug === 'pci-bridge' && takesEndpoints) return undefined;
  return `a ${bus.model} does not take ${describePlug(need.plug)}`;
}

export function describePlug(plug: Plug): string {
  if (plug === 'conventional') return 'a conventional PCI device';
  if (plug === 'express') return 'a PCI Express device';
  return `a ${plug}`;
}

/** Checks that an address can exist and that the device fits there. */
export function checkFixed(table: BusTable, at: SlotAddress, need: Need, who: Claimant): Bus {
  const bus = table.buses[at.bus];
  const fail = (code: ErrorCode, message: string, hint: string): never => {
    throw new HostdevError(code, `${claimantName(who)} at ${formatSlot(at)}: ${message}`, { subject: formatSlot(at), hint });
  };
  if (table.buses.length === 0) return fail('guest-no-pci', 'the guest has no PCI bus', 'add a PCI controller that this machine has, or remove the address');
  if (bus === undefined) {
    return fail(
      'guest-address-invalid',
      `there is no bus 0x${at.bus.toString(16)}`,
      `buses 0 to 0x${(table.buses.length - 1).toString(16)} exist; add a PCI controller with that index or choose another bus`,
    );
  }
  const why = misfit(at.bus, bus, need, 'fixed');
  if (why !== undefined) return fail('guest-address-invalid', why, 'leave the <address> out to have a fitting one chosen');
  if (at.slot > bus.row.lastSlot || (bus.row.firstSlot > 0 && at.slot < bus.row.firstSlot)) {
    const range =
      bus.row.firstSlot === bus.row.lastSlot
        ? `slot ${bus.row.firstSlot} only`
        : `slots 0x${bus.row.firstSlot.toString(16)}–0x${bus.row.lastSlot.toString(16)}`;
    return fail('guest-address-invalid', `slot 0x${at.slot.toString(16)} does not exist on a ${bus.model}`, `a ${bus.model} has ${range}`);
  }
  if (at.function > 7) return fail('guest-address-invalid', `function ${at.function} does not exist`, 'functions go from 0 to 7');
  return bus;
}

/** What a function is wanted for. */
export interface Claim {
  readonly need: Need;
  readonly placement: Placement;
  /** Isolation group, as libvirt has it; 0 for most. */
  readonly group: number;
  readonly who: Claimant;
}

/** Marks one function used. */
export function reserve(table: BusTable, at: SlotAddress, { need, placement, group, who }: Claim): void {
  const bus = placement === 'fixed' ? checkFixed(table, at, need, who) : table.buses[at.bus];
  if (bus === undefined) throw new HostdevError('internal', `bus ${at.bus} vanished from the table`);
  const mask = bus.used.get(at.slot) ?? 0;
  if ((mask >> at.function) & 1) {
    const holder = bus.holders.get(at.slot * 8 + at.function);
    throw new HostdevError(
      'guest-address-in-use',
      `${claimantName(who)} wants ${formatSlot(at)}, which ${holder === undefined ? 'another device' : claimantName(holder)} has`,
      {
        subject: formatSlot(at),
        hint: 'give one of them another address, or leave its <address> out to have one chosen',
      },
    );
  }
  if (table.pseries) isolate(bus, group, placement);
  if (mask === 0 && need.aggregates) bus.aggregating.add(at.slot);
  bus.used.set(at.slot, mask | (1 << at.function));
  bus.holders.set(at.slot * 8 + at.function, who);
}

/** An empty bus takes the group of its first device; a fixed address of another group mixes them. */
function isolate(bus: Bus, group: number, placement: Placement): void {
  if (bus.locked) return;
  if (bus.used.size === 0) bus.group = group;
  else if (placement === 'fixed' && bus.group !== group) bus.group = 0;
}

/** The first place that fits on the buses there are; undefined when there is none. */
export function findFree(table: BusTable, need: Need, group: number, wantedFunction = 0): SlotAddress | undefined {
  skipFullBuses(table);
  return findOn(table, need, wantedFunction, (bus) => bus.group === group) ?? findOn(table, need, wantedFunction, (bus) => bus.used.size === 0 && !bus.locked);
}

function findOn(table: BusTable, need: Need, wantedFunction: number, suits: (bus: Bus) => boolean): SlotAddress | undefined {
  for (let index = table.firstOpen; index < table.buses.length; index += 1) {
    const bus = table.buses[index];
    if (bus === undefined || !suits(bus) || misfit(index, bus, need, 'free') !== undefined) continue;
    const found = findSlot(bus, need, wantedFunction);
    if (found !== undefined) return { bus: index, ...found };
  }
  return undefined;
}

/** A guest with thousands of devices has hundreds of full buses: they are looked at once. */
function skipFullBuses(table: BusTable): void {
  for (let bus = table.buses[table.firstOpen]; bus !== undefined; bus = table.buses[table.firstOpen]) {
    if (bus.aggregating.size > 0 || firstEmptySlot(bus) <= bus.row.lastSlot) return;
    table.firstOpen += 1;
  }
}

function firstEmptySlot(bus: Bus): number {
  while (bus.used.has(bus.firstEmpty)) bus.firstEmpty += 1;
  return bus.firstEmpty;
}

function findSlot(bus: Bus, need: Need, wantedFunction: number): { slot: number; function: number } | undefined {
  const empty = firstEmptySlot(bus);
  // Ports share slots: the first slot that has some of them and room may come before the first empty one.
  if (need.aggregates) {
    const shared = [...bus.aggregating].filter((slot) => slot < empty).sort((x, y) => x - y);
    for (const slot of shared) {
      const mask = bus.used.get(slot) ?? 0;
      for (let fn = 0; fn < 8; fn += 1) if (!((mask >> fn) & 1)) return { slot, function: fn };
    }
  }
  return empty > bus.row.lastSlot ? undefined : { slot: empty, function: wantedFunction };
}

/** Whether every slot of every bus has all its functions used. */
export function isFull(table: BusTable): boolean {
  return table.buses.every((bus) => {
    for (let slot = bus.row.firstSlot; slot <= bus.row.lastSlot; slot += 1) if (!bus.used.has(slot)) return false;
    return true;
  });
}

export function claimantName(claimant: Claimant): string {
  return typeof claimant === 'string' ? claimant : deviceName(claimant);
}
