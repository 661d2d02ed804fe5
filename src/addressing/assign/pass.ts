/**
 * One pass over the guest: placing devices in a table, by address or by search.
 *
 * Rules: docs/addressing.md §9.
 */
import { HostdevError } from '../../errors.ts';
import { addBuses } from '../buses/grow.ts';
import { claimantName, describePlug, findFree, type BusTable, type Claim, type Placement, reserve } from '../buses/table.ts';
import type { Need } from '../buses/needs.ts';
import type { SlotAddress } from '../buses/slots.ts';
import type { AddressReason, Device } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';
import type { ZpciPool } from '../zpci/pool.ts';

export interface Pass {
  readonly guest: Guest;
  readonly table: BusTable;
  readonly zpci: ZpciPool;
  readonly needs: ReadonlyMap<Device, Need | undefined>;
  /** The trial pass finds out which controllers are missing; only the final one gives devices their addresses. */
  readonly final: boolean;
}

interface Place {
  readonly need: Need;
  readonly reason: AddressReason;
  /** `fixed` when missing. */
  readonly placement?: Placement;
}

/** Puts a device at a named place. The address is stored whichever pass it is. */
export function placeAt(pass: Pass, device: Device, at: SlotAddress, { need, reason, placement = 'fixed' }: Place): void {
  reserve(pass.table, at, { need, placement, group: device.group, who: device });
  store(device, at, reason);
}

/** Puts a device where the search finds room; stores the address in the final pass only. */
export function placeFree(pass: Pass, device: Device, need: Need, rule: string): void {
  const claim = { need, group: device.group, who: device };
  const at = search(pass, claim);
  reserve(pass.table, at, { ...claim, placement: 'free' });
  if (pass.final) store(device, at, { by: 'search', rule });
}

/** The first free place, on a new bus if this pass may add one. */
export function search({ table }: Pass, { need, group, who: claimant }: Omit<Claim, 'placement'>, wantedFunction = 0): SlotAddress {
  const found = findFree(table, need, group, wantedFunction);
  if (found !== undefined) return found;
  const who = claimantName(claimant);
  if (table.buses.length === 0) {
    throw new HostdevError('guest-no-pci', `${who} needs a PCI address, but the guest has no PCI bus`, {
      subject: who,
      hint: 'use a machine type with PCI, or remove the device',
    });
  }
  if (table.mayGrow) {
    addBuses(table, 1, need, who);
    const grown = findFree(table, need, group, wantedFunction);
    if (grown !== undefined) return grown;
  }
  throw new HostdevError('guest-address-none-left', `${who}: no bus of the guest has a free slot for ${describePlug(need.plug)}`, {
    subject: who,
    hint: 'remove devices, or add controllers',
  });
}

function store(device: Device, at: SlotAddress, reason: AddressReason): void {
  const { place } = device;
  place.type = 'pci';
  place.domain = 0;
  place.bus = at.bus;
  place.slot = at.slot;
  place.function = at.function;
  place.reason = reason;
}
