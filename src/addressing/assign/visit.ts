/**
 * Visiting the devices that want an address, in libvirt's order; each is placed by a free search.
 *
 * Rules: docs/addressing.md §9.
 */
import { HostdevError } from '../../errors.ts';
import { isIch9 } from '../guest/controllers.ts';
import { type Controller, type Device, isController, isPresent, isWanted } from '../guest/device.ts';
import { controllers, controllersOf, type Guest, has } from '../guest/guest.ts';
import { atDevice, deviceLocation } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';
import type { Need } from '../buses/needs.ts';
import { type Pass, placeAt, placeFree, search } from './pass.ts';
import { reserve } from '../buses/table.ts';
import { wordTable } from '../../word-table.ts';

/** One step a kind: which devices of the guest, in order. */
const STEPS: readonly ((guest: Guest) => readonly Device[])[] = [
  (guest) => controllersOf(guest, 'pci').filter((c) => c.model !== 'pci-root' && c.model !== 'pcie-root'),
  (guest) => guest.lists.filesystem,
  (guest) => guest.lists.interface.filter((nic) => nic.type !== 'hostdev'),
  (guest) => guest.lists.sound,
  (guest) => controllers(guest).filter((c) => c.type !== 'pci' && !(c.type === 'ide' && c.index === 0)),
  virtioDisks,
  (guest) => guest.lists.hostdev.filter(wantsSlot),
  (guest) => guest.lists.memballoon,
  (guest) => guest.lists.rng,
  (guest) => guest.lists.watchdog,
  (guest) => guest.lists.video,
  (guest) => guest.lists.shmem,
  (guest) => guest.lists.input,
  (guest) => guest.lists.serial,
  (guest) => guest.lists.iommu,
  (guest) => guest.lists.vsock,
  (guest) => guest.lists.memory,
  (guest) => guest.lists.crypto,
  (guest) => guest.lists.panic,
  (guest) => guest.lists.pstore,
];

export function visitWanting(pass: Pass): void {
  for (const step of STEPS) {
    for (const device of step(pass.guest)) {
      const need = pass.needs.get(device);
      if (need === undefined || !isWanted(device.place)) continue;
      atDevice(pass.guest, device, () => {
        if (isController(device) && isIch9(device)) placeIch9(pass, device, need);
        else placeFree(pass, device, need, ruleFor(device));
      });
    }
  }
}

function ruleFor(device: Device): string {
  return device.kind === 'controller' && device.type === 'pci'
    ? `lowest place that takes a ${device.model}`
    : 'lowest free slot of the first bus that takes it';
}

/** mdevs of model vfio-pci are PCI; vfio-ccw and vfio-ap ones are not. */
function wantsSlot(hostdev: Device): boolean {
  switch (hostdev.hostdev?.type) {
    case 'pci':
    case 'scsi_host':
      return true;
    case 'mdev':
      return hostdev.model === 'vfio-pci';
    default:
      return false;
  }
}

function virtioDisks(guest: Guest): readonly Device[] {
  const found: Device[] = [];
  for (const disk of guest.lists.disk) {
    if (disk.bus !== 'virtio') continue;
    const { type } = disk.place;
    if (type === 'ccw' || (type === 'virtio-mmio' && has(guest, 'virtio-mmio'))) continue;
    if (type !== undefined && type !== 'pci') {
      throw new HostdevError('guest-address-type', `${deviceName(disk)} is virtio, but has an address of type ${type}`, {
        location: deviceLocation(guest, disk),
        hint: 'leave its <address> out',
      });
    }
    found.push(disk);
  }
  return found;
}

const ICH9_FUNCTION = wordTable<number>({ 'ich9-ehci1': 7, 'ich9-uhci1': 0, 'ich9-uhci2': 1, 'ich9-uhci3': 2 });

/** The parts of an ICH9 USB 2 controller are functions of one slot. */
function placeIch9(pass: Pass, part: Controller, need: Need): void {
  const fn = ICH9_FUNCTION[part.model ?? ''] ?? 0;
  if (part.model === 'ich9-uhci1') part.place.multifunction = 'on';
  const sibling = controllersOf(pass.guest, 'usb').find((c) => c !== part && c.index === part.index && isIch9(c) && isPresent(c.place));
  if (sibling !== undefined) {
    const at = { bus: sibling.place.bus, slot: sibling.place.slot, function: fn };
    placeAt(pass, part, at, { need, reason: { by: 'search', rule: 'function of the slot where its USB 2 set is' } });
    return;
  }
  const claim = { need, group: part.group, who: part };
  const at = search(pass, claim, fn);
  if (pass.final) placeAt(pass, part, at, { need, placement: 'free', reason: { by: 'search', rule: 'first part of its USB 2 set: lowest free slot' } });
  else reserve(pass.table, at, { ...claim, placement: 'free' });
}
