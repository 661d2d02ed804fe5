/** The way out of a damaged journal: every record that can be read, and a copy of all the rest. */
import { open } from 'node:fs/promises';
import { replaceFile } from '../../files/replace-file.ts';
import { syncDirectory } from '../../files/sync-directory.ts';
import { journalFile, readJournal } from './journal.ts';
import type { Lock } from './lock.ts';
import { type BeginRecord, type EndRecord, encodeRecord, type JournalRecord } from './record.ts';
import { refuseUnknown, scanJournal } from './scan.ts';
import { topicOf } from '../../plan/transition.ts';

/** What was salvaged. */
export interface Salvage {
  /** The damaged journal, byte for byte. */
  readonly copy: string;
  /** Records that could be read. */
  readonly kept: number;
  /** Lines that could not. */
  readonly damaged: number;
}

/**
 * Makes a journal of the records that can be read; undefined where nothing is damaged, and nothing was done.
 *
 * @throws {HostdevError} `journal-newer`, `journal-unreadable`, `lock-lost`.
 */
export async function salvageJournal(lock: Lock, now: Date): Promise<Salvage | undefined> {
  await lock.requireHeld();
  const file = journalFile(lock.directory);
  const bytes = await readJournal(file);
  const scan = scanJournal(bytes);
  refuseUnknown(scan, file);
  if (scan.damaged.length === 0) return undefined;
  const copy = `${file}.damaged-${now.toISOString()}`;
  await writeCopy(copy, bytes);
  await syncDirectory(lock.directory);
  const ends = lostEnds(
    scan.written.map(({ record }) => record),
    now,
  );
  await replaceFile(file, [...scan.written.map(({ text }) => `${text}\n`), ...ends.map(encodeRecord)].join(''));
  return { copy, kept: scan.written.length, damaged: scan.damaged.length };
}

/** Never over another file: it is the only one that has what was lost. */
async function writeCopy(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Ends for changes whose own end was on a damaged line. One is known to have ended when the same facts of the same subject were changed
 * again: that is refused while a change is open (see the recorder). To recover it would be to undo what came after.
 */
function lostEnds(records: readonly JournalRecord[], now: Date): EndRecord[] {
  const open = new Map<string, BeginRecord>();
  const ends: EndRecord[] = [];
  for (const record of records) {
    if (record.kind !== 'begin') {
      for (const [key, { id }] of open) if (id === record.id) open.delete(key);
      continue;
    }
    const key = topicOf(record);
    const earlier = open.get(key);
    if (earlier !== undefined) ends.push({ kind: 'lost', id: earlier.id, time: now.toISOString(), after: {}, reason: 'how it ended could not be read' });
    open.set(key, record);
  }
  return [...ends, ...lostWholes(records, now)];
}

/** The same for wholes: while one has not ended, nothing else is begun. */
function lostWholes(records: readonly JournalRecord[], now: Date): EndRecord[] {
  const ended = new Set(records.flatMap((record) => (record.kind === 'begin' ? [] : [record.id])));
  const begun = records.filter((record): record is BeginRecord => record.kind === 'begin');
  const wholes = new Set(begun.flatMap(({ whole }) => (whole === undefined || ended.has(whole) ? [] : [whole])));
  return [...wholes].flatMap((whole): EndRecord[] => {
    const last = begun.findLastIndex((record) => record.whole === whole);
    return last === begun.length - 1 ? [] : [{ kind: 'lost', id: whole, time: now.toISOString(), after: {}, reason: 'how it ended could not be read' }];
  });
}
