/**
 * What QEMU arguments of one's own do to the prediction, and where they take what a device of the definition has.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Problem } from '../../errors.ts';
import { formatSlot } from '../buses/slots.ts';
import { isPresent } from '../guest/device.ts';
import { busName } from '../guest/bus-name.ts';
import { controllersOf, type Guest, visitAll } from '../guest/guest.ts';
import { locationOf } from '../guest/locate.ts';
import { deviceName } from '../guest/name.ts';
import { type CommandlineDevice, commandlineDevices, commandlines } from './arguments.ts';

/** Everything there is to say about `<qemu:commandline>`; what QEMU would fail on is an error. */
export function commandlineProblems(guest: Guest): Problem[] {
  const { document, devices } = guest.domain;
  const misplaced = devices === undefined ? [] : commandlines(devices);
  const own = commandlines(document.root);
  return [
    ...misplaced.map(
      (element): Problem => ({
        code: 'commandline-misplaced',
        severity: 'error',
        subject: element.name,
        message: `<${element.name}> is inside <devices>, where libvirt does not look for it`,
        hint: `it belongs beside <devices>: move it behind </devices>`,
        location: locationOf(guest, element),
      }),
    ),
    ...own.map(
      (element): Problem => ({
        code: 'commandline-unpredicted',
        severity: 'warning',
        subject: element.name,
        message: `QEMU arguments of your own are outside the prediction${takenWords(commandlineDevices(guest.domain))}`,
        hint: 'libvirt does not know which places they take: give each -device of them a bus and an addr that no device has',
        location: locationOf(guest, element),
      }),
    ),
    ...commandlineDevices(guest.domain).flatMap((device) => [...hostCollisions(guest, device), ...placeCollisions(guest, device)]),
  ];
}

/** Devices without `addr` get whatever QEMU finds free when all others are there. */
function takenWords(devices: readonly CommandlineDevice[]): string {
  const floating = devices.filter(({ place }) => place === undefined);
  if (floating.length === 0) return '';
  return `; QEMU chooses the place of ${floating.map(({ text }) => `'${text}'`).join(', ')}, which a device that is plugged in later may be given too`;
}

function hostCollisions(guest: Guest, { host, text, element }: CommandlineDevice): Problem[] {
  const holder = guest.lists.hostdev.find(({ hostdev }) => host !== undefined && hostdev?.type === 'pci' && hostdev.key === host);
  if (host === undefined || holder === undefined) return [];
  return [
    {
      code: 'commandline-collides',
      severity: 'error',
      subject: host,
      message: `'${text}' takes ${host} of the host, which ${deviceName(holder)} has`,
      hint: 'remove one of the two; libvirt readies only what has an element',
      location: locationOf(guest, element),
    },
  ];
}

function placeCollisions(guest: Guest, { bus, place, text, element }: CommandlineDevice): Problem[] {
  if (place === undefined) return [];
  const index = busIndex(guest, bus);
  const holder = visitAll(guest).find(
    (device) => isPresent(device.place) && device.place.bus === index && device.place.slot === place.slot && device.place.function === place.function,
  );
  if (index === undefined || holder === undefined) return [];
  const at = formatSlot({ bus: index, ...place });
  return [
    {
      code: 'commandline-collides',
      severity: 'error',
      subject: at,
      message: `'${text}' takes ${at} (${busName(guest, index)}), where ${deviceName(holder)} is`,
      hint: 'give it another addr, or leave addr out to have QEMU choose',
      location: locationOf(guest, element),
    },
  ];
}

/** Index of the bus with that name; without one QEMU takes the root. */
function busIndex(guest: Guest, name: string | undefined): number | undefined {
  if (name === undefined) return 0;
  return controllersOf(guest, 'pci').find(({ index }) => busName(guest, index) === name)?.index;
}
