/** Giving a guest a device. */
import { type DevicePresence, type DeviceSelector, formatSelector, type GuestParts } from '../state/guest-state.ts';
import { type Change, guestSubject } from './change.ts';
import { deviceSteps } from './device-steps.ts';
import { poolsFact } from './guest-device.ts';
import { reverse, type State, type Transition } from './transition.ts';

/** A guest as records name it. */
export interface GuestName {
  /** Where it is asked for: a connection URI, `qmp:SOCKET`, a file. */
  readonly uri: string;
  readonly id: string;
  readonly name: string;
}

/** A device that shall come. */
export interface ComingDevice {
  readonly selector: DeviceSelector;
  /** As the guest takes it. */
  readonly text: string;
  /** Where the guest has it already. */
  readonly presence: DevicePresence;
  /** Its place in the guest, where that is known before. */
  readonly at?: string | undefined;
  /** That the definition gets it where the guest that runs has put it. */
  readonly place?: 'as it runs' | undefined;
  /** The host driver from which libvirt takes it. */
  readonly driver?: string | undefined;
}

/**
 * Gives these parts of a guest a device.
 *
 * @example
 * ```ts
 * import { formatHostdev, formatStep, parsePciAddress, planAttach } from 'hostdev';
 * const guest = { uri: 'qemu:///system', id: '5d7c3e8a-4b0f-4f6e-9a53-1f1f2f3f4f5f', name: 'web' };
 * const source = parsePciAddress('0007:00:00.0');
 * const text = formatHostdev({ source }).join('\n');
 * const change = planAttach(guest, { live: true, config: false }, { selector: { source }, text, presence: { live: 'no', config: 'no' } });
 * console.log(change.steps.map(formatStep).join('\n')); // → attach 0007:00:00.0 to the guest  # it has it at once
 * ```
 */
export function planAttach(guest: GuestName, parts: GuestParts, device: ComingDevice): Change {
  const { selector, text, presence, at, place, driver } = device;
  return withDeviceSteps({
    verb: 'attach',
    subject: guestSubject([formatSelector(selector)], guest.name),
    before: { ...presence, ...guestFacts(guest, [formatSelector(selector)]), ...poolsFact(selector), ...(driver === undefined ? {} : { driver }) },
    wanted: {
      live: parts.live ? 'yes' : presence.live,
      config: parts.config ? 'yes' : presence.config,
      xml: text,
      // Only where it comes: a part that has it already has it where it is.
      ...(at === undefined || !parts.live ? {} : { liveAt: at }),
      ...(at === undefined || !parts.config ? {} : { configAt: at }),
      ...(place === undefined ? {} : { place }),
    },
  });
}

/** What a record needs to find the guest and the devices again: functions or MAC addresses, of a swap the one that goes before the one that comes. */
export function guestFacts({ uri, id, name }: GuestName, devices: readonly string[]): State {
  return { uri, guest: id, name, devices: devices.join(' ') };
}

/** A transition of a device with its steps and those that undo it. */
export function withDeviceSteps(transition: Transition): Change {
  const { before, wanted } = transition;
  return { ...transition, steps: deviceSteps(transition, before, wanted), undo: deviceSteps(reverse(transition), wanted, before) };
}
