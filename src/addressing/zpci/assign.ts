/**
 * Which zPCI ids each device gets. Ids follow the order in which libvirt visits devices, not slots: first
 * every device that names at least one id, then all others.
 *
 * Rules: docs/addressing.md §12.
 */
import { type Device, isController, type Place } from '../guest/device.ts';
import { does, type Guest, has, visitAll } from '../guest/guest.ts';
import { atDevice } from '../guest/locate.ts';
import { lowestFreeId, makeZpciPool, reserveId, type ZpciPool } from './pool.ts';

const CHARACTER = new Set<Device['kind']>(['serial', 'parallel', 'channel', 'console']);
const IDS = ['uid', 'fid'] as const;

/**
 * Reserves the ids that are given. A device with only one of the two gets the other now: the lowest that is
 * free among the ids seen *so far*, so a later device that names it collides.
 */
export function collectZpci(guest: Guest, pool: ZpciPool): void {
  for (const device of eligible(guest)) {
    const { place } = device;
    if (place.uid === undefined && place.fid === undefined) continue;
    atDevice(guest, device, () => complete(pool, place, device, 'completed'));
  }
}

/** Gives the lowest free ids to every device that has none. */
export function assignZpci(guest: Guest, pool: ZpciPool): void {
  for (const device of eligible(guest)) {
    const { place } = device;
    if (place.uid !== undefined && place.fid !== undefined) continue;
    atDevice(guest, device, () => complete(pool, place, device, 'lowest-free'));
  }
}

function complete(pool: ZpciPool, place: Place, who: Device, reason: 'completed' | 'lowest-free'): void {
  for (const id of IDS) {
    if (place[id] !== undefined) continue;
    place[id] = lowestFreeId(pool, id, who);
    place[`${id}Reason`] = reason;
  }
  for (const id of IDS) reserveId(pool, id, place[id] ?? 0, who);
}

/**
 * Gives ids to controllers that got none when they were added: libvirt does the next time it looks, at the latest when the guest is started.
 * Shown by the golden command lines of libvirt 9.0's tests.
 */
export function assignZpciAtStart(guest: Guest): void {
  if (does(guest, 'zpci-of-added')) return;
  const pool = makeZpciPool();
  const late: Device[] = [];
  for (const device of all(guest)) {
    const { uid, fid } = device.place;
    if (uid === undefined || fid === undefined) late.push(device);
    else for (const id of IDS) reserveId(pool, id, device.place[id] ?? 0, device);
  }
  for (const device of late) atDevice(guest, device, () => complete(pool, device.place, device, 'lowest-free'));
}

/** One that was made for want of slots. */
function isAddedController(device: Device): boolean {
  return isController(device) && device.type === 'pci' && device.element === undefined;
}

function* eligible(guest: Guest): Generator<Device> {
  for (const device of all(guest)) if (does(guest, 'zpci-of-added') || !isAddedController(device)) yield device;
}

function* all(guest: Guest): Generator<Device> {
  if (!has(guest, 'zpci')) return;
  const seen = new Set<Place>();
  for (const device of visitAll(guest)) {
    if (device.place.type !== 'pci' || CHARACTER.has(device.kind) || seen.has(device.place)) continue;
    seen.add(device.place);
    yield device;
  }
}
