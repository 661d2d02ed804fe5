/** After a crash: what the journal says was begun, held against what the kernel and the guests show. */
import type { NetworkPort } from '../guest/libvirt/networks.ts';
import type { GuestPort } from '../guest/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { isHostVerb, isLasting, sameState, type State, type Transition, type Verb } from '../plan/transition.ts';
import { isReached } from './change.ts';
import { findHolder, findUser } from './guard.ts';
import { goTo, readNow } from './go-to.ts';
import type { Journal } from './journal/journal.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';
import { kindOf } from './kinds.ts';
import type { ExecuteOptions, ExecutionTarget } from './target.ts';
import { readAsToday } from './old-records.ts';

/** How a begun change ended. */
export interface Recovery {
  readonly subject: string;
  readonly verb: Verb;
  /** `new`: it had been done; `old`: it was undone; `gone`: the function or the boot it was in is no more; `stuck`: neither could be reached. */
  readonly outcome: 'new' | 'old' | 'gone' | 'stuck';
  /** Whether recovering did something to it; mostly only its record is closed. */
  readonly changed: boolean;
  readonly now: State;
  readonly reason: string | undefined;
}

/** Changes that were begun and not ended. */
export function openRecords(records: readonly JournalRecord[]): BeginRecord[] {
  const ended = new Set(records.filter((record) => record.kind !== 'begin').map((record) => record.id));
  return records.filter((record): record is BeginRecord => record.kind === 'begin' && !ended.has(record.id));
}

/** Those that still matter: what sysfs shows ends with the boot, files do not. */
export function unfinishedRecords(records: readonly JournalRecord[], boot: string): BeginRecord[] {
  return openRecords(records).filter((record) => record.boot === boot || isLasting(record.verb));
}

/** What recovering needs to know. */
export interface Recoverer {
  readonly target: ExecutionTarget;
  readonly boot: string;
}

/**
 * Brings every subject of an unfinished change to its old or its new state, and closes the journal. What somebody has
 * begun to use meanwhile is left as it is, and said to be stuck.
 */
export async function recover(journal: Journal, recoverer: Recoverer): Promise<Recovery[]> {
  const done: Recovery[] = [];
  const records = await journal.read();
  for (const record of openRecords(records)) {
    const recovery = await settle(recoverer, record, readAsToday(record, records));
    done.push(recovery);
    // What is stuck stays open: the next recover tries again.
    if (recovery.outcome === 'stuck') continue;
    await journal.append({
      kind: recovery.outcome === 'new' ? 'done' : 'undone',
      id: record.id,
      time: new Date().toISOString(),
      after: recovery.now,
      reason: recovery.reason,
    });
  }
  return done;
}

type Ending = Pick<Recovery, 'outcome' | 'changed' | 'now' | 'reason'>;

/** An ending that nothing was done for. */
const ending = (outcome: Recovery['outcome'], now: State, reason?: string): Ending => ({ outcome, changed: false, now, reason });

async function settle(recoverer: Recoverer, record: BeginRecord, change: Transition): Promise<Recovery> {
  const { subject, verb } = change;
  // One connection a record: every guest is another one.
  const opened: Promise<{ readonly close: () => Promise<void> }>[] = [];
  const target = openingOnce(recoverer.target, opened);
  if (record.boot !== recoverer.boot && !isLasting(verb)) return { subject, verb, ...ending('gone', {}, 'the host was rebooted, and this ends with the boot') };
  try {
    return { subject, verb, ...(await end(target, change)) };
  } catch (error) {
    // One that cannot be looked at must not keep the others from being recovered.
    return { subject, verb, ...ending('stuck', {}, (error as Error).message) };
  } finally {
    await Promise.all(
      opened.map((each) =>
        each.then(
          (port) => port.close(),
          () => undefined,
        ),
      ),
    );
  }
}

/** The target whose ways to a guest and to networks are opened once, and kept to be closed. */
function openingOnce(target: ExecutionTarget, opened: Promise<{ readonly close: () => Promise<void> }>[]): ExecutionTarget {
  let guest: Promise<GuestPort> | undefined;
  let networks: Promise<NetworkPort> | undefined;
  const keep = <P extends { readonly close: () => Promise<void> }>(port: Promise<P>): Promise<P> => (opened.push(port), port);
  const { guestOf, networksOf } = target;
  return {
    ...target,
    guestOf: (record) => (guest ??= keep(guestOf(record))),
    networksOf: networksOf === undefined ? undefined : (record) => (networks ??= keep(networksOf(record))),
  };
}

/** A guest has that long to let go of what it was only half given. */
const OPTIONS: ExecuteOptions = { timeoutMs: 30_000 };

async function end(target: ExecutionTarget, change: Transition): Promise<Ending> {
  const kind = kindOf(target, change.verb);
  const now = await kind.read(target.port, change);
  if (now === undefined) return ending('gone', {}, `the ${isHostVerb(change.verb) ? 'function' : 'guest'} is not there any more`);
  if (kind.leavesNoTrace === true && isReached(kind, now, change.before)) {
    return ending('old', now, 'it cannot be seen whether it was done: before and after are the same');
  }
  if (isReached(kind, now, change.wanted)) return ending('new', now);
  if (isReached(kind, now, change.before) && kind.mayStillHappen?.(now, change) !== true) return ending('old', now);
  const finish = kind.finish?.(now, change) === true;
  const look = kind.heldOnly === true ? findHolder : findUser;
  const used = finish && kind.heldOnly !== true ? undefined : await look(target.port, await kind.touches(target.port, change));
  if (used !== undefined) return ending('stuck', now, used);
  const goal = finish ? change.wanted : change.before;
  const lost = kind.takesFromHost?.(now, goal) === true ? await findUser(target.port, [parsePciAddress(change.subject)]) : undefined;
  if (lost !== undefined) return ending('stuck', now, lost);
  const undoErrors = await goTo({ target, change, options: OPTIONS }, goal);
  const after = await readNow({ target, change });
  const reason = undoErrors.length === 0 ? undefined : undoErrors.map((error) => (error as Error).message).join('; ');
  if (after === 'unknown') return { outcome: 'stuck', changed: true, now, reason: reason ?? 'it cannot be read any more' };
  const acted = (outcome: Recovery['outcome'], found: State): Ending => ({ outcome, changed: !sameState(now, found), now: found, reason });
  if (after === undefined) return acted('gone', {});
  if (isReached(kind, after, change.wanted) || (finish && kind.willDo?.(after, change.wanted) === true)) return acted('new', after);
  // A guest that keeps what it was asked for has it as before.
  if (isReached(kind, after, change.before)) return acted('old', after);
  return acted('stuck', after);
}
