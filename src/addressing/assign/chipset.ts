/**
 * Devices that a chipset has at fixed places.
 *
 * Rules: docs/addressing.md §9.
 */
import { HostdevError } from '../../errors.ts';
import { formatSlot, type SlotAddress, slotOf } from '../buses/slots.ts';
import { reserve } from '../buses/table.ts';
import { type Controller, type Device, isPresent, isWanted } from '../guest/device.ts';
import { controllers } from '../guest/guest.ts';
import { atDevice } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';
import type { Need } from '../buses/needs.ts';
import { type Pass, placeAt, placeFree } from './pass.ts';

const CONVENTIONAL: Need = { plug: 'conventional', integrated: false, aggregates: false, hotplug: false };
const EXPRESS: Need = { ...CONVENTIONAL, plug: 'express' };

const at = (slot: number, fn: number): SlotAddress => ({ bus: 0, slot, function: fn });

export function applyChipset(pass: Pass): void {
  if (pass.guest.machineClass === 'i440fx') i440fx(pass);
  else if (pass.guest.machineClass === 'q35') q35(pass);
}

/** Functions of the chipset that no device of a definition stands for. */
export function reserveChipset(pass: Pass): void {
  if (pass.guest.machineClass === 'i440fx') {
    reserveFunction(pass, at(1, 0), CONVENTIONAL, 'the PIIX3 ISA bridge');
    reserveFunction(pass, at(1, 3), CONVENTIONAL, 'the PIIX4 power management');
  } else if (pass.guest.machineClass === 'q35') {
    reserveFunction(pass, at(0x1f, 0), EXPRESS, 'the ICH9 LPC bridge');
    reserveFunction(pass, at(0x1f, 3), EXPRESS, 'the ICH9 SMBus');
  }
}

/** The chipset does not give way: who took its function is told, where it stands. */
function reserveFunction(pass: Pass, address: SlotAddress, need: Need, what: string): void {
  const holder = pass.table.buses[0]?.holders.get(address.slot * 8 + address.function);
  if (holder === undefined || typeof holder === 'string') {
    reserve(pass.table, address, { need, placement: 'fixed', group: 0, who: what });
    return;
  }
  atDevice(pass.guest, holder, () => {
    throw new HostdevError('guest-address-in-use', `${deviceName(holder)} is at ${formatSlot(address)}, which ${what} has`, {
      subject: formatSlot(address),
      hint: 'leave its <address> out to have one chosen',
    });
  });
}

function i440fx(pass: Pass): void {
  for (const controller of controllers(pass.guest)) {
    if (controller.index !== 0) continue;
    if (controller.type === 'ide')
      atDevice(pass.guest, controller, () => owned(pass, controller, at(1, 1), 'the PIIX3 IDE controller is function 1 of slot 1'));
    else if (controller.type === 'usb' && (controller.model === undefined || controller.model === 'piix3-uhci')) {
      atDevice(pass.guest, controller, () => owned(pass, controller, at(1, 2), 'the PIIX3 USB controller is function 2 of slot 1'));
    }
  }
  reserveChipset(pass);
  primaryVideo(pass, 2);
}

function q35(pass: Pass): void {
  for (const controller of controllers(pass.guest)) {
    const { place } = controller;
    if (controller.type === 'sata' && controller.index === 0) {
      atDevice(pass.guest, controller, () => mustBeAt(controller, at(0x1f, 2), 'the ICH9 SATA controller is function 2 of slot 0x1f'));
    } else if (controller.type === 'usb' && controller.model === 'ich9-uhci1' && place.type === undefined) {
      const slot = [0x1d, 0x1a].find((candidate) => isEmpty(pass, candidate));
      if (slot === undefined) continue;
      place.multifunction = 'on';
      placeAt(pass, controller, at(slot, 0), { need: EXPRESS, reason: { by: 'chipset', rule: 'ICH9 has its USB controllers in slots 0x1d and 0x1a' } });
    } else if (controller.type === 'pci' && controller.model === 'dmi-to-pci-bridge' && place.type === undefined && isEmpty(pass, 0x1e)) {
      placeAt(pass, controller, at(0x1e, 0), {
        need: { ...EXPRESS, plug: 'dmi-to-pci-bridge' },
        reason: { by: 'chipset', rule: 'ICH9 has its PCI bridge in slot 0x1e' },
      });
    }
  }
  reserveChipset(pass);
  primaryVideo(pass, 1);
  if (!isEmpty(pass, 0x1b)) return;
  const sound = pass.guest.lists.sound.find((s) => s.model === 'ich9' && isWanted(s.place));
  if (sound !== undefined) placeAt(pass, sound, at(0x1b, 0), { need: EXPRESS, reason: { by: 'chipset', rule: 'ICH9 has its sound in slot 0x1b' } });
}

/** A controller that is part of the chipset: set where it is, or refused where it is not; always reserved. */
function owned(pass: Pass, controller: Controller, address: SlotAddress, rule: string): void {
  mustBeAt(controller, address, rule);
  reserve(pass.table, address, { need: CONVENTIONAL, placement: 'fixed', group: 0, who: controller });
}

function mustBeAt(controller: Controller, address: SlotAddress, rule: string): void {
  const { place } = controller;
  if (isPresent(place)) {
    const now = slotOf(place);
    if (formatSlot(now) === formatSlot(address)) return;
    throw new HostdevError('guest-address-invalid', `${deviceName(controller)} is at ${formatSlot(now)}, but ${rule}`, {
      subject: formatSlot(now),
      hint: `leave its <address> out, or write bus='0x00' slot='0x${address.slot.toString(16)}' function='0x${address.function}'`,
    });
  }
  if (!isWanted(place)) return;
  Object.assign(place, { type: 'pci', domain: 0, ...address, reason: { by: 'chipset', rule } });
}

/** The first video goes where firmware looks for it, if that slot is free. */
function primaryVideo(pass: Pass, slot: number): void {
  const video: Device | undefined = pass.guest.lists.video[0];
  if (video === undefined || !isWanted(video.place) || video.model === 'none' || video.model === 'ramfb') return;
  if (!isEmpty(pass, slot)) {
    const need = pass.needs.get(video);
    if (need !== undefined) placeFree(pass, video, need, 'lowest free slot: the place of the primary video is taken');
    return;
  }
  const need = pass.guest.machineClass === 'q35' ? EXPRESS : CONVENTIONAL;
  placeAt(pass, video, at(slot, 0), { need, reason: { by: 'chipset', rule: `the primary video is in slot ${slot}` } });
}

function isEmpty(pass: Pass, slot: number): boolean {
  return pass.table.buses[0]?.used.has(slot) !== true;
}
