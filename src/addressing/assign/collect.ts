/**
 * Taking the addresses that the definition names; in the trial pass with the buses they imply.
 *
 * Rules: docs/addressing.md §9.
 */
import { HostdevError } from '../../errors.ts';
import { addBuses } from '../buses/grow.ts';
import { reserve } from '../buses/table.ts';
import { slotOf } from '../buses/slots.ts';
import { type Device, isController, isPresent, type Place } from '../guest/device.ts';
import { visitAll } from '../guest/guest.ts';
import { atDevice } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';
import type { Need } from '../buses/needs.ts';
import type { Pass } from './pass.ts';

export function collectFixed(pass: Pass): void {
  const { guest, table } = pass;
  const seen = new Set<Place>();
  const ownHostdev = new Map(guest.lists.hostdev.filter((h) => h.interface !== undefined).map((h) => [h.place, h]));
  for (const visited of visitAll(guest)) {
    const { place } = visited;
    if (!isPresent(place) || seen.has(place)) continue;
    seen.add(place);
    // A hostdev interface is met as interface, but it is the host device that is plugged in.
    const device = ownHostdev.get(place) ?? visited;
    atDevice(guest, visited, () => {
      if (leftToChipset(pass, device)) return;
      checkDomain(device);
      const need: Need = pass.needs.get(device) ?? { plug: 'conventional', integrated: false, aggregates: false, hotplug: false };
      if (table.mayGrow && table.buses.length > 0 && place.bus >= table.buses.length) {
        place.bus += addBuses(table, place.bus - table.buses.length + 1, need, deviceName(device));
      }
      reserve(table, slotOf(place), { need, placement: 'fixed', group: device.group, who: device });
    });
  }
}

function checkDomain(device: Device): void {
  if (device.place.domain === 0) return;
  throw new HostdevError('guest-address-domain', `${deviceName(device)} has guest PCI domain 0x${device.place.domain.toString(16)}`, {
    subject: `0x${device.place.domain.toString(16)}`,
    hint: "a guest's PCI domain is always 0, also on IBM Z: its kernel shows the uid there by itself. Write domain='0x0000'",
  });
}

/** IDE 0 and PIIX3 USB 0 at their own functions of slot 1 belong to the chipset; its rules take them. */
function leftToChipset(pass: Pass, device: Device): boolean {
  const { place } = device;
  if (!isController(device) || device.index !== 0 || place.bus !== 0 || place.slot !== 1 || place.domain !== 0) return false;
  const ide = device.type === 'ide' && place.function === 1;
  const usb = device.type === 'usb' && place.function === 2 && (device.model === undefined || device.model === 'piix3-uhci');
  if (!ide && !usb) return false;
  if (pass.table.buses[0]?.row.accepts.has('conventional') !== true) {
    throw new HostdevError('guest-address-invalid', `${deviceName(device)} is a PIIX3 function, which this machine does not have`, {
      hint: 'leave its <address> out',
    });
  }
  return true;
}
