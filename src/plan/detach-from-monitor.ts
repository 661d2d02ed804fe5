/** The plan of taking functions from the guest of a monitor: the guest first, then back to the host drivers. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import type { MonitorState } from '../state/monitor-state.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { PlannedForGuest } from './attach-to-guest.ts';
import { type GuestName, guestFacts } from './attach.ts';
import { type Change, guestSubject } from './change.ts';
import { deviceSteps } from './device-steps.ts';
import type { TakenBy } from './driver-change.ts';
import { showChanges } from './guest-plan.ts';
import { slotMates } from './monitor-placement.ts';
import { planRelease } from './release.ts';
import type { Transition } from './transition.ts';
import type { Rest } from './unchanged.ts';

/** A function, and what QEMU calls its device. */
interface NamedDevice {
  readonly name: string;
  readonly id: string;
}

/** Such a plan, and by which name QEMU has the devices. */
export interface MonitorDetachPlan extends PlannedForGuest {
  readonly devices: readonly NamedDevice[];
}

/**
 * Takes from a guest the functions that it has, then `releases` them: of a group none can go back while QEMU has another one of it.
 *
 * @throws {HostdevError} `hostdev-absent`; `option-conflict` where something else would go with one of them.
 */
export function planMonitorDetach(
  name: GuestName,
  state: MonitorState,
  { rest: addresses, unchanged }: Rest<PciAddress>,
  releases: readonly Change[],
): MonitorDetachPlan {
  const devices = requireWhole(state, addresses);
  const changes = [...addresses.map((address) => detachForGood(name, address)), ...releases];
  const functions = devices.map(({ name: address }) => ({ address, guestAddress: null, uid: null, fid: null, live: true, config: false }));
  return {
    changes,
    devices,
    shown: { verb: 'detach', guest: name.uri, uuid: null, state: state.status, functions, unchanged, steps: showChanges(changes), notes: [], versions: null },
  };
}

/** Gives functions back that a guest has had until now; `took` says what they were before they were taken. */
export function releasesAfterGuest(devices: readonly NodeDevice[], took: ReadonlyMap<string, TakenBy>): Change[] {
  return devices.flatMap((device) => {
    const change = planRelease(device, took.get(formatPciAddress(device.address))?.before ?? {});
    return change === undefined ? [] : [{ ...change, afterGuest: true as const }];
  });
}

/** Nothing brings a device back that QEMU has let go of: what it was given for a start is not to be read any more. */
function detachForGood(guest: GuestName, address: PciAddress): Change {
  const transition: Transition = {
    verb: 'detach',
    subject: guestSubject([formatPciAddress(address)], guest.name),
    before: { live: 'yes', config: 'no', ...guestFacts(guest, [formatPciAddress(address)]) },
    wanted: { live: 'no', config: 'no' },
  };
  return { ...transition, steps: deviceSteps(transition, transition.before, transition.wanted), undo: [] };
}

/** The devices as QEMU has them, once it is known that nothing else goes with them. */
function requireWhole({ hostdevs, devices }: MonitorState, addresses: readonly PciAddress[]): readonly NamedDevice[] {
  const named = addresses.map((address) => {
    const name = formatPciAddress(address);
    const found = hostdevs.find(({ host }) => samePciAddress(host, address));
    if (found === undefined) throw new HostdevError('hostdev-absent', `the guest does not have ${name}`, { subject: name, hint: 'another guest may have it' });
    return { name, id: found.id };
  });
  for (const { name, id } of named) {
    const left = slotMates(devices, id).filter((mate) => !named.some((device) => device.id === mate));
    if (left.length === 0) continue;
    throw new HostdevError('option-conflict', `${name} shares its slot in the guest with ${left.join(', ')}, which would go with it`, {
      subject: name,
      hint: 'name all functions of the slot',
    });
  }
  return named;
}
