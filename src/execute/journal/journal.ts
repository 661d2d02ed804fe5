/** The journal: an append-only file, every record synced before the next step, a torn tail cut off. */
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError } from '../../errors.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { syncDirectory } from '../../files/sync-directory.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from './record.ts';

export interface Journal {
  /** All records, oldest first. Never blocked by a writer; what a writer has not finished is not there yet. */
  readonly read: () => Promise<JournalRecord[]>;
  /** Appends a record and waits until the disk has it. Only the holder of the lock may. */
  readonly append: (record: JournalRecord) => Promise<void>;
}

/** Where the journal of this machine is; HOSTDEV_STATE_DIR names another place. */
export function stateDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['HOSTDEV_STATE_DIR'] ?? '/var/lib/hostdev';
}

/** A journal larger than this is no journal of ours: records have 300 bytes to a few thousand, and it is turned over long before. */
const MAX_BYTES = 64 * 1024 * 1024;

/** When nothing is open in a journal of this size, it makes way for a new one; one older is kept. */
const TURN_OVER_BYTES = 4 * 1024 * 1024;

export function openJournal(directory = stateDirectory()): Journal {
  const file = join(directory, 'journal');
  const append = async (record: JournalRecord): Promise<void> => {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    const { records, end, length } = await scan(file);
    if (end > TURN_OVER_BYTES && record.kind === 'begin' && isClosed(records)) {
      await turnOver(directory, file, records, record.boot);
      return append(record);
    }
    // A crash in the middle of an append leaves half a line; nothing behind it counts.
    if (end < length) await truncate(file, end);
    const handle = await open(file, 'a', 0o644);
    try {
      await handle.writeFile(encodeRecord(record));
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (length === 0) await syncDirectory(directory);
  };
  return { read: async () => (await scan(file)).records, append };
}

function isClosed(records: readonly JournalRecord[]): boolean {
  return records.filter(({ kind }) => kind === 'begin').length === records.filter(({ kind }) => kind !== 'begin').length;
}

/** What was changed in this boot, and what outlives boots, may still be in force: it comes into the new journal. */
async function turnOver(directory: string, file: string, records: readonly JournalRecord[], boot: string): Promise<void> {
  const kept = new Set(
    records.flatMap((each) => (each.kind === 'begin' && (each.boot === boot || each.verb === 'persist' || each.verb === 'unpersist') ? each.id : [])),
  );
  const lines = records.filter(({ id }) => kept.has(id)).map(encodeRecord);
  // Cut from the front: a change's end stands behind its beginning, so none seems to be open.
  let bytes = 0;
  const recent = lines.reverse().filter((line) => (bytes += line.length) < RECENT_BYTES);
  await replaceFile(`${file}.old`, records.map(encodeRecord).join(''));
  await replaceFile(file, recent.reverse().join(''));
  await syncDirectory(directory);
}

/** Enough for the changes of thousands of functions. */
const RECENT_BYTES = 1024 * 1024;

/** Reads the records up to the first that is damaged; `end` is where they end, in bytes. */
async function scan(file: string): Promise<{ records: JournalRecord[]; end: number; length: number }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { records: [], end: 0, length: 0 };
    throw new HostdevError('journal-unreadable', `${file} cannot be read: ${(error as Error).message}`, {
      subject: file,
      hint: 'check its rights; nothing is changed without it',
      cause: error,
    });
  }
  if (bytes.length > MAX_BYTES)
    throw new HostdevError('journal-unreadable', `${file} is too large to be a journal`, { subject: file, hint: 'look at what it is, and move it away' });
  const records: JournalRecord[] = [];
  let end = 0;
  for (let next = bytes.indexOf(0x0a); next !== -1; next = bytes.indexOf(0x0a, end)) {
    const record = decodeRecord(bytes.toString('utf8', end, next));
    if (record === undefined) break;
    records.push(record);
    end = next + 1;
  }
  return { records, end, length: bytes.length };
}
