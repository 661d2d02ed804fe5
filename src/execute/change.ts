/** Changes of one subject from one state to another: the shape that SR-IOV, VF settings, slots and rules have in common. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';
import type { PciAddress } from '../pci/address.ts';
import type { State } from './journal/record.ts';
import { carryOut } from './carry-out.ts';
import { type Step } from '../plan/step.ts';

/** What is changed, from what, to what. */
export interface Change {
  readonly subject: string;
  readonly before: State;
  readonly wanted: State;
}

/** How one sort of change is looked at and carried out. */
export interface ChangeKind {
  /** The facts as they are now, with the names that `before` has; undefined when the subject is not there. */
  readonly read: (port: HostPort, change: Change) => Promise<State | undefined>;
  /** What leads from one state to another. */
  readonly steps: (port: HostPort, change: Change, from: State, to: State) => Promise<readonly Step[]>;
  /** Whether an interrupted change is better finished than undone, seen from where it stopped. */
  readonly finish?: (now: State, change: Change) => boolean;
  /** Functions that undoing it would take away or disturb. */
  readonly touches: (port: HostPort, change: Change) => Promise<readonly PciAddress[]>;
  /** Whether it outlives the boot it was made in. */
  readonly lasting?: boolean;
}

/** Some attributes follow a moment after the write. */
const SETTLE_MS = 5000;
const POLL_MS = 20;

/** Two states are the same when every fact of the first is so in the second. */
export function sameState(now: State, other: State): boolean {
  return Object.entries(now).every(([name, value]) => (other[name] ?? null) === value);
}

/**
 * Carries a change out and looks whether it happened; if not, what was changed is put back.
 *
 * @throws {HostdevError} what went wrong; the state is the old one then, unless that failed as well.
 */
export async function applyChange(port: HostPort, kind: ChangeKind, change: Change): Promise<State> {
  try {
    await carryOut(port, await kind.steps(port, change, change.before, change.wanted));
    return await reach(port, kind, change, change.wanted);
  } catch (error) {
    if (!(error instanceof HostdevError && error.code === 'stuck')) await putBack(port, kind, change).catch(() => undefined);
    throw error;
  }
}

/** From wherever a change stopped back to where it began. */
async function putBack(port: HostPort, kind: ChangeKind, change: Change): Promise<State> {
  return goTo(port, kind, change, change.before);
}

/** From wherever a change stopped to one of its ends. */
export async function goTo(port: HostPort, kind: ChangeKind, change: Change, to: State): Promise<State> {
  const now = await kind.read(port, change);
  if (now === undefined) throw new HostdevError('function-vanished', `${change.subject} is not there any more`, { subject: change.subject });
  await carryOut(port, await kind.steps(port, change, now, to));
  return reach(port, kind, change, to);
}

async function reach(port: HostPort, kind: ChangeKind, change: Change, wanted: State): Promise<State> {
  const give = Date.now() + SETTLE_MS;
  for (;;) {
    const now = await kind.read(port, change);
    if (now !== undefined && sameState(now, wanted)) return now;
    if (Date.now() > give) {
      throw new HostdevError('change-failed', `${change.subject}: every step succeeded, but there is ${formatState(now)} and not ${formatState(wanted)}`, {
        subject: change.subject,
        hint: 'look at the last lines of dmesg for the reason',
      });
    }
    await sleep(POLL_MS);
  }
}

/** Longer values are files; nobody wants those in a message. */
const MAX_SHOWN = 60;

/** `count 4, autoprobe 1` */
function formatState(state: State | undefined): string {
  if (state === undefined) return 'nothing';
  return Object.entries(state)
    .map(([name, value]) => `${name} ${value === null ? '-' : value.length > MAX_SHOWN ? 'with another text' : value}`)
    .join(', ');
}
