/**
 * Undoing changes that were done. Whoever interrupted us wants exactly that, so nothing here is ended by a signal; and what could not be
 * undone is said, never swallowed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import { readLinkName } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import { type Change, functionsOf } from '../plan/change.ts';
import type { MoveStep, Step } from '../plan/step.ts';
import { reverse } from '../plan/transition.ts';
import { isReached } from './change.ts';
import { isLockLost, type Left } from './failure.ts';
import { findHolder } from './guard.ts';
import { goTo, readNow } from './go-to.ts';
import { kindOf } from './kinds.ts';
import { keptWith, whoOvertook } from './overtaken.ts';
import { announce } from './progress.ts';
import { endRecord } from './recorder.ts';
import type { Executor } from './target.ts';

/** What undoing left. */
export interface Undone {
  /** What could not be undone. */
  readonly errors: readonly unknown[];
  /** What the journal could not be told, although it is so. */
  readonly unwritten: readonly unknown[];
  readonly left: readonly Left[];
}

export const NOTHING_LEFT: Undone = { errors: [], unwritten: [], left: [] };

/** Whether the lock was lost meanwhile: nothing more may be changed then. */
export function isLost({ error, errors, unwritten }: Undone & { readonly error?: unknown }): boolean {
  return [error, ...errors, ...unwritten].some(isLockLost);
}

/**
 * Undoes changes in this order; none whose function a later one, or one of those that were `left`, may still have; none that somebody has changed
 * again; none without the lock.
 */
export async function undoAll(executor: Executor, changes: readonly Change[], before: Undone & { readonly error?: unknown }): Promise<Undone> {
  const errors: unknown[] = [];
  const unwritten: unknown[] = [];
  const left: Left[] = [];
  const kept = new Set<string>();
  let lost = isLost(before);
  for (const change of changes) {
    const names = functionsOf(change);
    const isBlocked = lost || [...before.left, ...left].some((each) => functionsOf(each.change).some((name) => names.includes(name)));
    if (!isBlocked) executor.options.onStep?.({ change, state: 'undoing' });
    const undone = isBlocked ? { ...NOTHING_LEFT, left: [{ change, now: change.wanted }] } : await undoUnlessOvertaken(executor, change, kept);
    if (undone.left.some(({ isOvertaken }) => isOvertaken === true)) for (const name of keptWith(change)) kept.add(name);
    executor.options.onStep?.({ change, state: undone.left.length > 0 ? 'left' : 'undone' });
    errors.push(...undone.errors);
    unwritten.push(...undone.unwritten);
    left.push(...undone.left);
    lost ||= isLost(undone);
  }
  return { errors, unwritten, left };
}

async function undoUnlessOvertaken(executor: Executor, change: Change, kept: ReadonlySet<string>): Promise<Undone> {
  const { target } = executor;
  const now = await readNow({ target, change });
  // What cannot be read, or is as before or gone, is for who undoes it to say.
  const isThere = now !== 'unknown' && now !== undefined && !isReached(kindOf(target, change.verb), now, change.before);
  const taken = isThere ? await whoOvertook(target, change, { now, kept }).catch(() => undefined) : undefined;
  return taken === undefined || !isThere ? undoOne(executor, change) : { errors: [taken], unwritten: [], left: [{ change, now, isOvertaken: true }] };
}

/** Undoes one change: a change of its own, with a record of its own. */
async function undoOne(executor: Executor, change: Change): Promise<Undone> {
  const { target, recorder } = executor;
  const { signal: _, ...options } = executor.options;
  const back = reverse(change);
  const kind = kindOf(target, back.verb);
  const doing = { target, change: back, options };
  let id: string;
  try {
    if (change.verb === 'prepare') await waitUntilLetGo(executor, change.subject);
    id = await recorder.begin(back);
  } catch (error) {
    return { ...NOTHING_LEFT, errors: [error], left: [{ change, now: change.wanted }] };
  }
  announce(back, options);
  const errors = await goTo(doing, back.wanted);
  const now = await readNow(doing);
  if (now !== 'unknown' && (now === undefined || isReached(kind, now, back.wanted) || kind.willDo?.(now, back.wanted) === true)) {
    const unwritten = await endRecord(recorder.done(id, now ?? {}));
    return { errors: [...errors, ...(await returnMoved(executor, change.steps))], unwritten, left: [] };
  }
  const isUnmoved = now !== 'unknown' && isReached(kind, now, back.before);
  const unwritten = isUnmoved ? await endRecord(recorder.undone(id, now, errors.map(String).join('; '))) : [];
  return { errors, unwritten, left: [{ change, now: now === 'unknown' ? undefined : now }] };
}

/** QEMU and libvirt say that a device is gone a moment before they close their files. */
const LEAST_WAIT_MS = 5000;
const AGAIN_MS = 100;

/**
 * Waits until nobody holds a function that goes back to the host: its driver would wait for them, in the kernel.
 *
 * @throws {HostdevError} `stuck` with who holds it.
 */
export async function waitUntilLetGo({ target, options }: Executor, name: string): Promise<void> {
  const deadline = Date.now() + Math.max(options.timeoutMs, options.leastWaitMs ?? LEAST_WAIT_MS);
  for (let told = ''; ; await sleep(AGAIN_MS)) {
    const holders = await findHolder(target.port, [parsePciAddress(name)]);
    if (holders === undefined) return;
    if (Date.now() >= deadline) {
      throw new HostdevError('stuck', `${name} could not be given back to the host: ${holders}`, { subject: name, hint: returnHint([name]) });
    }
    if (holders !== told) options.onProgress?.(`waiting: ${holders}`);
    told = holders;
  }
}

/** What to do about functions that could not be given back. */
function returnHint(names: readonly string[]): string {
  const all = names.join(' ');
  return `'hostdev check ${all}' says who has it; once nobody does, which may be when the guest ends, 'hostdev release ${all}' gives it back`;
}

/**
 * Looks after functions that libvirt took by itself: it gives back what it took, a moment after it has said so; a daemon that ended in the
 * middle does not, and its successor knows nothing of it. Gives what failed.
 */
export async function returnMoved(executor: Executor, steps: readonly Step[]): Promise<readonly unknown[]> {
  const errors: unknown[] = [];
  for (const step of steps) {
    if (step.kind !== 'move' || step.from === null || step.from === 'vfio-pci' || (await isBackWith(executor, step))) continue;
    const undone = await undoOne(executor, movedByLibvirt(step));
    errors.push(...undone.errors, ...undone.unwritten);
  }
  return errors;
}

async function isBackWith({ target, options }: Executor, { address, from }: MoveStep): Promise<boolean> {
  const path = `${sysfsPath(parsePciAddress(address))}/driver`;
  for (const deadline = Date.now() + (options.leastWaitMs ?? LEAST_WAIT_MS); ; await sleep(AGAIN_MS)) {
    if ((await readLinkName(target.port, path)) === from) return true;
    if (Date.now() > deadline) return (await target.port.list(sysfsPath(parsePciAddress(address)))) === undefined;
  }
}

/** A move of libvirt's as a change of ours, to be undone by us. */
function movedByLibvirt({ address, from, to }: MoveStep): Change {
  return {
    verb: 'prepare',
    subject: address,
    before: { driver: from, override: null, link: null },
    wanted: { driver: to, override: to },
    steps: [],
    undo: [],
  };
}
