/** Bringing a subject from one state to another, whatever the change: its kind says how the state is read, and which steps lead where. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, HostdevError } from '../errors.ts';
import type { HostPort } from '../host/port.ts';
import type { PciAddress } from '../pci/address.ts';
import type { Step } from '../plan/step.ts';
import { sameState, type State, type Transition } from '../plan/transition.ts';

/** How one sort of change is looked at and carried out. */
export interface ChangeKind {
  /** The facts as they are now, with the names that `before` has; undefined when the subject is not there. */
  readonly read: (port: HostPort, change: Transition) => Promise<State | undefined>;
  /** What leads from one state to another. */
  readonly steps: (port: HostPort, change: Transition, from: State, to: State) => Promise<readonly Step[]>;
  /** Whether a state is the one that was to be reached; every fact that was read is as wanted, when missing. */
  readonly isReached?: (now: State, to: State) => boolean;
  /** Whether a state will do when nothing better has come for a while. */
  readonly willDo?: (now: State, to: State) => boolean;
  /** Whether a subject is as a change has left it, where that is less than having got there. */
  readonly isAsLeft?: (now: State, left: State) => boolean;
  /** How long the subject may take to get there. */
  readonly settleMs?: number;
  /** Why it is not there, where more is known than that it is not. */
  readonly whyNot?: (port: HostPort, change: Transition, now: State | undefined, to: State) => Promise<HostdevError>;
  /** What it is called when a step fails. */
  readonly code?: ErrorCode;
  /** Whether an interrupted change is better finished than undone, seen from where it stopped. */
  readonly finish?: (now: State, change: Transition) => boolean;
  /** Whether what was asked for may still happen by itself, although nothing is to be seen of it. */
  readonly mayStillHappen?: (now: State, change: Transition) => boolean;
  /** Whether getting there takes something from the host that it has now: then nothing of the host may use it. */
  readonly takesFromHost?: (now: State, to: State) => boolean;
  /** Whether its before and after are the same, so that nobody can see afterwards whether it was done. */
  readonly leavesNoTrace?: boolean;
  /** Functions that undoing it would take away or disturb. */
  readonly touches: (port: HostPort, change: Transition) => Promise<readonly PciAddress[]>;
  /** Whether of those only what is held counts, and that in both directions. */
  readonly heldOnly?: boolean;
}

/** Some attributes follow a moment after the write. */
const SETTLE_MS = 5000;
const POLL_MS = 20;

/** Whether a state is the one that was to be reached. */
export function isReached(kind: ChangeKind, now: State, to: State): boolean {
  return kind.isReached?.(now, to) ?? sameState(now, to);
}

/**
 * Waits until a subject is where it was brought.
 *
 * @throws {HostdevError} that it is not, and what there is instead.
 */
export async function waitUntilReached(port: HostPort, kind: ChangeKind, change: Transition, to: State): Promise<State> {
  const deadline = Date.now() + (kind.settleMs ?? SETTLE_MS);
  for (;;) {
    const now = await kind.read(port, change);
    if (now !== undefined && isReached(kind, now, to)) return now;
    if (Date.now() > deadline) {
      if (now !== undefined && kind.willDo?.(now, to) === true) return now;
      throw (await kind.whyNot?.(port, change, now, to)) ?? notReached(change, now, to);
    }
    await sleep(POLL_MS);
  }
}

function notReached({ subject }: Transition, now: State | undefined, to: State): HostdevError {
  return new HostdevError('change-failed', `${subject}: every step succeeded, but there is ${formatState(now)} and not ${formatState(to)}`, {
    subject,
    hint: 'look at the last lines of dmesg for the reason',
  });
}

/** Longer values are files; nobody wants those in a message. */
const MAX_SHOWN = 60;

/** `count 4, autoprobe 1` */
export function formatState(state: State | undefined): string {
  if (state === undefined) return 'nothing';
  return Object.entries(state)
    .map(([name, value]) => `${name} ${value === null ? '-' : value.length > MAX_SHOWN ? 'with another text' : value}`)
    .join(', ');
}
