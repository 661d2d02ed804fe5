/** The journal: an append-only file, every record synced before the next step, a torn tail cut off. */
import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError } from '../../errors.ts';
import { syncDirectory } from '../../host/sync-directory.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from './record.ts';

export interface Journal {
  /** All records, oldest first. Never blocked by a writer; what a writer has not finished is not there yet. */
  readonly read: () => Promise<JournalRecord[]>;
  /** Appends a record and waits until the disk has it. Only the holder of the lock may. */
  readonly append: (record: JournalRecord) => Promise<void>;
}

/** Where the journal of this machine is; HOSTDEV_STATE_DIR names another place. */
export function stateDirectory(): string {
  return process.env['HOSTDEV_STATE_DIR'] ?? '/var/lib/hostdev';
}

/** A journal larger than this is no journal of ours: each record has about 300 bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

export function openJournal(directory = stateDirectory()): Journal {
  const file = join(directory, 'journal');
  return {
    read: async () => (await scan(file)).records,
    append: async (record) => {
      await mkdir(directory, { recursive: true, mode: 0o755 });
      const { end, length } = await scan(file);
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
    },
  };
}

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
