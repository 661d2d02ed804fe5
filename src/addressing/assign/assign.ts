/**
 * Guest PCI addresses, in two passes: a trial that finds out which controllers are missing, and the one that
 * counts. Both do the same in the same order, on a fresh table.
 *
 * Rules: docs/addressing.md §9.
 */
import { addController } from '../guest/controllers.ts';
import { isPresent, type Place } from '../guest/device.ts';
import { controllers, controllersOf, does, doesOf, type Guest, has, visitAll } from '../guest/guest.ts';
import { newController } from '../guest/make.ts';
import { canHavePci } from '../machine/class.ts';
import { type BusTable, isFull, makeBus, reserve } from '../buses/table.ts';
import { takesWhileRunning } from '../buses/plugging.ts';
import { isExpressGuest, type Need, needOf } from '../buses/needs.ts';
import { plugOfModel } from '../buses/models.ts';
import { assignZpci, collectZpci } from '../zpci/assign.ts';
import { makeZpciPool } from '../zpci/pool.ts';
import { applyChipset, reserveChipset } from './chipset.ts';
import { collectFixed } from './collect.ts';
import { completeSettings } from './controller-settings.ts';
import { assignGroups } from './isolation.ts';
import { assignOtherTypes } from './other-types.ts';
import { type Pass, search } from './pass.ts';
import { visitWanting } from './visit.ts';

const DUMMY = 'a device plugged in later';

/** Gives every device of a completed guest its address, every PCI controller its settings, every zPCI device its ids. */
export function assignAddresses(guest: Guest): void {
  assignOtherTypes(guest);
  assignGroups(guest);
  const highest = Math.max(-1, ...controllersOf(guest, 'pci').map((c) => c.index));
  const buses = highest + 1 > 0 ? trial(guest, highest + 1) : 0;
  const pass = startPass(guest, buses, true);
  if (!canHavePci(guest.arch, guest.machine)) return;
  applyChipset(pass);
  visitWanting(pass);
  assignZpci(guest, pass.zpci);
  markMultifunction(guest);
  completeSettings(guest);
}

/** The trial pass; adds the controllers that are missing and returns the number of buses. */
function trial(guest: Guest, count: number): number {
  const onlyRoot = controllersOf(guest, 'pci').every((c) => c.index === 0);
  const pass = startPass(guest, count, false);
  const { table } = pass;
  applyChipset(pass);
  // One slot is kept for a bridge that may be needed later.
  if (table.buses[0]?.model === 'pci-root' && !isFull(table)) keepFree(pass, 'conventional');
  visitWanting(pass);
  // A PCIe guest whose ports were all made here gets one to spare, for hot-plug.
  if (onlyRoot && table.buses.length > count && isExpressGuest(guest)) keepFree(pass, 'express');
  addMissingControllers(pass);
  return table.buses.length;
}

function keepFree(pass: Pass, plug: Need['plug']): void {
  const need: Need = { plug, integrated: false, aggregates: false, hotplug: false };
  const claim = { need, group: 0, who: DUMMY };
  reserve(pass.table, search(pass, claim), { ...claim, placement: 'free' });
}

function addMissingControllers(pass: Pass): void {
  const { guest, table } = pass;
  const present = new Set(controllersOf(guest, 'pci').map((c) => c.index));
  // The list of buses may grow while it is walked: a port needs a place of its own.
  for (let index = 1; index < table.buses.length; index += 1) {
    const bus = table.buses[index];
    if (bus === undefined || present.has(index)) continue;
    const controller = newController('pci', index, bus.model, 'devices need more PCI slots');
    addController(controllers(guest), controller, doesOf(guest));
    const need = needOf(guest, controller);
    if (plugOfModel(bus.model) === undefined || need === undefined) continue;
    const claim = { need, group: 0, who: controller };
    const at = search(pass, claim);
    reserve(table, at, { ...claim, placement: 'free' });
  }
}

/** The table of a guest whose devices all have their addresses: what a running guest keeps. */
export function openTable(guest: Guest): Pass {
  const highest = Math.max(-1, ...controllersOf(guest, 'pci').map((c) => c.index));
  const pass = startPass(guest, highest + 1, true);
  reserveChipset(pass);
  return pass;
}

function startPass(guest: Guest, count: number, final: boolean): Pass {
  const table = makeTable(guest, count, !final);
  const express = isExpressGuest(guest);
  const needs = new Map(visitAll(guest).map((device) => [device, needOf(guest, device, express)]));
  const pass: Pass = { guest, table, needs, zpci: makeZpciPool(), final };
  collectFixed(pass);
  collectZpci(guest, pass.zpci);
  return pass;
}

function makeTable(guest: Guest, count: number, mayGrow: boolean): BusTable {
  const pseries = guest.machineClass === 'pseries';
  const pci = controllersOf(guest, 'pci');
  const byIndex = new Map(pci.map((c) => [c.index, c]));
  const filler = pseries ? 'pci-root' : pci.some((c) => c.model === 'pcie-root') ? 'pcie-root-port' : 'pci-bridge';
  const buses = Array.from({ length: count }, (_, index) => {
    const controller = byIndex.get(index);
    const model = controller?.model ?? (index === 0 ? 'pci-root' : filler);
    return makeBus(model, { hotplug: controller === undefined || takesWhileRunning(guest, controller), locked: pseries && index === 0 });
  });
  return { buses, pseries, mayGrow, hasPcieToPciBridge: has(guest, 'pcie-pci-bridge'), addsPortsForBridges: does(guest, 'ports-for-bridges'), firstOpen: 0 };
}

/** Where functions above 0 are used, function 0 must say so. */
function markMultifunction(guest: Guest): void {
  const zero = new Map<number, Place>();
  const more = new Set<number>();
  for (const { place } of visitAll(guest)) {
    if (!isPresent(place)) continue;
    const slot = place.bus * 32 + place.slot;
    if (place.function > 0) more.add(slot);
    else if (!zero.has(slot)) zero.set(slot, place);
  }
  for (const slot of more) {
    const place = zero.get(slot);
    if (place !== undefined) place.multifunction ??= 'on';
  }
}
