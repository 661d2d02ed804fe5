/** Devices of guests: how attaching, detaching and swapping are looked at. */
import { HostdevError } from '../errors.ts';
import type { DeviceInGuest } from '../guest/port.ts';
import { functionsOf } from '../plan/change.ts';
import { deviceSteps } from '../plan/device-steps.ts';
import { deviceSelector } from '../plan/guest-device.ts';
import { portState, portSteps } from '../plan/port-steps.ts';
import { presentOf, swapSteps } from '../plan/swap-steps.ts';
import type { GuestVerb, State, Transition } from '../plan/transition.ts';
import type { ChangeKind } from './change.ts';
import type { ExecutionTarget } from './target.ts';

/** A guest that has ended meanwhile holds nothing that runs, whatever was wanted. */
function isReached(now: State, to: State): boolean {
  const isPlaced = (part: 'live' | 'config'): boolean => to[part] !== 'yes' || !isElsewhere(now, to, part);
  return (now['live'] === null || now['live'] === to['live']) && now['config'] === to['config'] && isPlaced('live') && isPlaced('config');
}

/** Whether a part has the device, but at another place than it was given. */
function isElsewhere(now: State, to: State, part: 'live' | 'config'): boolean {
  const [at, wanted] = [now[`${part}At`], to[`${part}At`]];
  return wanted !== undefined && at !== undefined && at !== wanted;
}

const SHARED = {
  settleMs: 0,
  isReached,
  // What became of a guest is the guest's; nothing of the host is taken from anybody.
  touches: async () => [],
} as const;

/** The kinds of changes of guests that a machine has a way to. */
export function guestKinds({ guestOf }: Pick<ExecutionTarget, 'guestOf'>): Readonly<Record<GuestVerb, ChangeKind>> {
  const find = async (change: Transition, name: string): Promise<DeviceInGuest | undefined> =>
    (await guestOf(change.before)).find(deviceSelector(name, change.before));
  const device: ChangeKind = {
    ...SHARED,
    read: async (_, change) => {
      const found = await find(change, functionsOf(change)[0] ?? '');
      return found === undefined ? undefined : deviceState(found);
    },
    steps: async (_, change, from, to) => deviceSteps(change, from, to),
    whyNot: async (_, change, now, to) => misplaced(change, now, to),
    // The guest has let it go, whatever becomes of what was beside it. An attach that is taken back is not called undone then: isReached says no.
    willDo: (now, to) => now['live'] === 'in part' && to['live'] === 'no' && now['config'] === to['config'],
  };
  return {
    // One that was being put back is: the record has kept its elements. Any other is taken away again.
    attach: { ...device, finish: (_, { before }) => (before['liveXml'] ?? before['configXml'] ?? null) !== null },
    // The guest may have been asked already, and may let go at any time: it is asked again, and the rest is done as well.
    detach: { ...device, finish: () => true, mayStillHappen: (now, { wanted }) => now['live'] === 'yes' && wanted['live'] === 'no' },
    'ports add': {
      ...SHARED,
      read: async (_, change) => {
        const config = await (await guestOf(change.before)).definition();
        return config === undefined ? undefined : portState(change, config);
      },
      isReached: (now, to) => now['ports'] === to['ports'],
      steps: async (_, change, from, to) => portSteps(change, from, to),
    },
    swap: {
      ...SHARED,
      read: async (_, change) => swapState(change, await Promise.all(functionsOf(change).map((name) => find(change, name)))),
      steps: async (_, change, from, to) => swapSteps(change, from, to),
      whyNot: async (_, change, now, to) => misplaced(change, now, to),
    },
  };
}

function deviceState({ running, live, config, remains }: DeviceInGuest): State {
  return {
    live: !running ? null : live !== undefined ? 'yes' : remains === undefined ? 'no' : 'in part',
    config: config === undefined ? 'no' : 'yes',
    ...(live?.address === undefined ? {} : { liveAt: live.address }),
    ...(config?.address === undefined ? {} : { configAt: config.address }),
  };
}

function swapState(change: Transition, found: readonly (DeviceInGuest | undefined)[]): State | undefined {
  const [one] = found;
  if (one === undefined) return undefined;
  const functions = functionsOf(change);
  const has = (part: 'live' | 'config'): string => presentOf(functions, (name) => found[functions.indexOf(name)]?.[part] !== undefined);
  return { live: one.running ? has('live') : null, config: has('config') };
}

/** What the guest got is what was planned; anything else would be a lie to whoever agreed. */
function misplaced({ subject }: Transition, now: State | undefined, to: State): HostdevError {
  const hint = 'somebody else has changed the guest; run the command again';
  if (now === undefined) return new HostdevError('guest-unknown', `${subject}: the guest is not there any more`, { subject });
  for (const part of ['live', 'config'] as const) {
    if (!isElsewhere(now, to, part)) continue;
    return new HostdevError('guest-changed', `${subject} is at ${now[`${part}At`]}, not at ${to[`${part}At`]} as planned`, { subject, hint });
  }
  const words = ({ live, config }: State): string => `${live ?? 'nothing'} where it runs, ${config} in the definition`;
  return new HostdevError('guest-changed', `${subject}: every call succeeded, but there is ${words(now)}, not ${words(to)}`, { subject, hint });
}
