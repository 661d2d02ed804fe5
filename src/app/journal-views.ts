/** `hostdev status`, `history` and `recover`: what the journal knows, held against the kernel. */
import { openJournal, stateDirectory } from '../driver/journal/journal.ts';
import { withLock } from '../driver/journal/lock.ts';
import type { BeginRecord } from '../driver/journal/record.ts';
import { openRecords, recover, type Recovery } from '../driver/recover.ts';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import { isVfioDriver } from '../host/node-device.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { AppContext } from './context.ts';
import { bootId } from './journaled.ts';

/** A function that hostdev took in this boot. */
export interface TakenFunction {
  readonly address: string;
  readonly since: string;
  readonly by: string;
  readonly before: string | null;
  /** Driver it is with now; not a VFIO one when somebody else moved it since. */
  readonly now: string | null;
  readonly state: 'taken' | 'moved by somebody else' | 'gone' | 'interrupted';
}

/** What is taken, since when and by whom. */
export async function listTaken(context: AppContext, directory = stateDirectory()): Promise<TakenFunction[]> {
  const records = await openJournal(directory).read();
  const boot = await bootId(context.port);
  const open = new Set(openRecords(records).map((record) => record.id));
  const done = new Set(records.filter((record) => record.kind === 'done').map((record) => record.id));
  const last = new Map<string, BeginRecord>();
  for (const record of records) {
    if (record.kind === 'begin' && record.boot === boot && (done.has(record.id) || open.has(record.id))) last.set(record.address, record);
  }
  const taken = [...last.values()].filter((record) => record.verb === 'prepare' || open.has(record.id));
  return Promise.all(
    taken.map(async (record): Promise<TakenFunction> => {
      const device = await readNodeDevice(context.port, parsePciAddress(record.address));
      const state = open.has(record.id) ? 'interrupted' : device === undefined ? 'gone' : isVfioDriver(device.driver) ? 'taken' : 'moved by somebody else';
      return { address: record.address, since: record.time, by: record.by, before: record.before.driver ?? null, now: device?.driver ?? null, state };
    }),
  );
}

/** One change, begun and ended. */
export interface HistoryEntry {
  readonly time: string;
  readonly verb: string;
  readonly address: string;
  readonly by: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly outcome: 'done' | 'undone' | 'interrupted';
  readonly reason: string | null;
}

/** Every change there ever was, oldest first. */
export async function listHistory(directory = stateDirectory()): Promise<HistoryEntry[]> {
  const records = await openJournal(directory).read();
  const ends = new Map(records.flatMap((record) => (record.kind === 'begin' ? [] : [[record.id, record]])));
  return records.flatMap((record): HistoryEntry[] => {
    if (record.kind !== 'begin') return [];
    const end = ends.get(record.id);
    return [
      {
        time: record.time,
        verb: record.verb,
        address: record.address,
        by: record.by,
        from: record.before.driver ?? null,
        to: end?.after ?? null,
        outcome: end?.kind ?? 'interrupted',
        reason: end?.reason ?? null,
      },
    ];
  });
}

/** Finishes or undoes what was interrupted. */
export async function recoverChanges(context: AppContext, directory = stateDirectory()): Promise<Recovery[]> {
  if (!context.isRoot) throw new HostdevError('not-root', "'recover' changes the host and needs root", { hint: 'run it with sudo' });
  return withLock(directory, async () => recover(context.port, openJournal(directory), await bootId(context.port)));
}
