/** After a crash: what the journal says was begun, held against what the kernel shows. */
import { readNodeDevice } from '../host/inventory.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { HostPort } from '../host/port.ts';
import type { PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { goTo, sameState } from './change.ts';
import type { Journal } from './journal/journal.ts';
import { type BeginRecord, type HostVerb, isGuestVerb, type JournalRecord, type State, type Verb } from './journal/record.ts';
import { release, restore } from './bind.ts';
import { CHANGE_KINDS, isLasting } from './kinds.ts';
import { bringUp } from './link-state.ts';

/** How a begun change ended. */
export interface Recovery {
  readonly subject: string;
  readonly verb: Verb;
  /** `new`: it had been done; `old`: it was undone; `gone`: the function or the boot it was in is no more; `stuck`: neither could be reached. */
  readonly outcome: 'new' | 'old' | 'gone' | 'stuck';
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

/**
 * Who uses functions, in words; undefined when nobody does. Of a function that is with VFIO only its holders count: what the
 * host does with others of its group is not touched by giving it back.
 */
export type Guard = (addresses: readonly PciAddress[], counts: 'holders' | 'uses') => Promise<string | undefined>;

/**
 * Brings every subject of an unfinished change to its old or its new state, and closes the journal. What somebody has
 * begun to use meanwhile is left as it is, and said to be stuck.
 */
export async function recover(port: HostPort, journal: Journal, boot: string, guard: Guard, settleGuest: SettleGuest): Promise<Recovery[]> {
  const done: Recovery[] = [];
  for (const record of openRecords(await journal.read())) {
    const recovery = await settle(port, record, boot, guard, settleGuest);
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

export type Ending = Pick<Recovery, 'outcome' | 'now' | 'reason'>;

export const ending = (outcome: Recovery['outcome'], now: State, reason?: string): Ending => ({ outcome, now, reason });

/** Settles a change of a guest: that takes more than the host. */
export type SettleGuest = (record: BeginRecord) => Promise<Ending>;

async function settle(port: HostPort, record: BeginRecord, boot: string, guard: Guard, settleGuest: SettleGuest): Promise<Recovery> {
  const { subject, verb } = record;
  if (record.boot !== boot && !isLasting(verb)) return { subject, verb, ...ending('gone', {}, 'the host was rebooted, and this ends with the boot') };
  try {
    return { subject, verb, ...(isGuestVerb(verb) ? await settleGuest(record) : await end(port, record, verb, guard)) };
  } catch (error) {
    // One that cannot be looked at must not keep the others from being recovered.
    return { subject, verb, ...ending('stuck', {}, (error as Error).message) };
  }
}

async function end(port: HostPort, record: BeginRecord, verb: HostVerb, guard: Guard): Promise<Ending> {
  if (verb === 'prepare' || verb === 'release') return endDriverChange(port, record, guard);
  const kind = CHANGE_KINDS[verb];
  const now = await kind.read(port, record);
  if (now === undefined) return ending('gone', {}, 'it is not there any more');
  if (sameState(now, record.wanted)) return ending('new', now);
  if (sameState(now, record.before)) return ending('old', now);
  const finish = kind.finish?.(now, record) === true;
  const used = finish ? undefined : await guard(await kind.touches(port, record), 'uses');
  if (used !== undefined) return ending('stuck', now, used);
  try {
    return ending(finish ? 'new' : 'old', await goTo(port, kind, record, finish ? record.wanted : record.before));
  } catch (error) {
    return ending('stuck', (await kind.read(port, record)) ?? {}, (error as Error).message);
  }
}

async function endDriverChange(port: HostPort, { subject, verb, before }: BeginRecord, guard: Guard): Promise<Ending> {
  const target = parsePciAddress(subject);
  const now = await readNodeDevice(port, target);
  if (now === undefined) return ending('gone', {}, 'the function is not there any more');
  const shown = (driver: string | undefined): State => ({ driver: driver ?? null });
  const taken = isVfioDriver(now.driver) && now.driverOverride !== undefined;
  const given = !isVfioDriver(now.driver) && now.driver !== undefined && now.driverOverride === undefined;
  if (verb === 'prepare' ? taken : given) return ending('new', shown(now.driver));
  const used = isVfioDriver(now.driver) ? await guard([target], 'holders') : undefined;
  if (used !== undefined) return ending('stuck', shown(now.driver), used);
  try {
    const binding = { driver: before['driver'] ?? undefined, override: before['override'] ?? undefined };
    if (verb === 'prepare') {
      const back = await restore(port, target, binding);
      if (before['link'] === 'up') await bringUp(port, target).catch(() => undefined);
      return ending('old', shown(back));
    }
    // A release that was begun is finished: that is what was asked for, and what is safe.
    const after = await release(port, target, now.driver);
    return isVfioDriver(after) ? ending('stuck', shown(after), 'no host driver takes it back') : ending('new', shown(after));
  } catch (error) {
    return ending('stuck', shown(now.driver), (error as Error).message);
  }
}
