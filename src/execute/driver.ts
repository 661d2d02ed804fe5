/** Which driver has a function: how `prepare` and `release` are looked at. */
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { HostPort } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { driverSteps, hasDriverState } from '../plan/driver-steps.ts';
import type { State, Transition } from '../plan/transition.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { ChangeKind } from './change.ts';

/** The kernel answers a failing bind at once, but on some machines the driver link follows a moment later. */
const SETTLE_MS = 2000;

/** State: see {@link driverSteps}. Whether its interface is up is told, but is no reason to call a move of drivers failed. */
export const DRIVER: ChangeKind = {
  code: 'bind-failed',
  settleMs: SETTLE_MS,
  read: async (port, { subject }) => {
    const device = await readNodeDevice(port, parsePciAddress(subject));
    return device === undefined ? undefined : { driver: device.driver ?? null, override: device.driverOverride ?? null };
  },
  steps: async (_, { subject }, from, to) => driverSteps(subject, from, withWhichever(to)),
  isReached: (now, to) => hasDriverState(now, withWhichever(to)),
  // Some drivers (nvme) probe behind the writer's back: that nobody takes the function is only sure after a while.
  willDo: (now, to) => withWhichever(to)['driver'] === undefined && (now['driver'] ?? null) === null,
  whyNot: whyNotBound,
  // A release that was begun is finished, wherever it stopped: that is what was asked for, and what is safe.
  finish: (_, { verb }) => verb === 'release',
  mayStillHappen: (_, { verb }) => verb === 'release',
  touches: async (port, change) => {
    const now = await DRIVER.read(port, change);
    return isVfioDriver(now?.['driver'] ?? undefined) ? [parsePciAddress(change.subject)] : [];
  },
  heldOnly: true,
  takesFromHost: (now, to) => {
    const [driver, wanted] = [now['driver'] ?? undefined, withWhichever(to)['driver']];
    return driver !== undefined && !isVfioDriver(driver) && wanted !== undefined && wanted !== driver;
  },
};

/** Records of 0.1.0 say `driver: null` for "whichever host driver wants it", and nothing of the link; today that driver is left out. */
function withWhichever(to: State): State {
  if (to['driver'] !== null || 'link' in to) return to;
  const { driver: _, ...others } = to;
  return others;
}

/** Why the driver is not the one that was wanted. */
async function whyNotBound(port: HostPort, { subject }: Transition, now: State | undefined, to: State): Promise<HostdevError> {
  if (now === undefined || (await readNodeDevice(port, parsePciAddress(subject))) === undefined) {
    return new HostdevError('function-vanished', `${subject} went away while its driver was being changed`, {
      subject,
      hint: 'look at dmesg; the slot may have been switched off',
    });
  }
  const wanted = to['driver'] === undefined ? 'its host driver' : (to['driver'] ?? 'no driver');
  return new HostdevError('bind-failed', `${subject} is with ${now['driver'] ?? 'no driver'}, not with ${wanted}, although the kernel accepted every write`, {
    subject,
    hint: 'look at the last lines of dmesg; the driver may have refused the device',
  });
}
