/** The journal: an append-only file, every record synced before the next step, a torn last line cut off. */
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { HostdevError, type Problem } from '../../errors.ts';
import { readBounded } from '../../files/read-bounded.ts';
import { replaceFile } from '../../files/replace-file.ts';
import { syncDirectory } from '../../files/sync-directory.ts';
import type { Lock } from './lock.ts';
import { encodeRecord, type JournalRecord } from './record.ts';
import { stateDirectory } from './state-directory.ts';
import { damageOf, refuseUnknown, requireSound, type Scan, scanJournal } from './scan.ts';
import { keptLines } from './turn-over.ts';

/** The journal as anybody may read it. Never blocked by a writer; what a writer has not finished is not there yet. */
export interface JournalReader {
  /**
   * All records, oldest first.
   *
   * @throws {HostdevError} `journal-damaged`, `journal-newer`, `journal-unreadable`.
   */
  readonly read: () => Promise<JournalRecord[]>;
  /** What can be read, and what is to be said of the rest. */
  readonly look: () => Promise<{ readonly records: JournalRecord[]; readonly problems: readonly Problem[] }>;
}

/** The journal under the lock. */
export interface Journal extends Pick<JournalReader, 'read'> {
  /**
   * Appends a record and waits until the disk has it.
   *
   * @throws {HostdevError} `lock-lost`, `journal-damaged`, `journal-newer`, `journal-unreadable`, `journal-unwritable`.
   */
  readonly append: (record: JournalRecord) => Promise<void>;
  /** @throws {HostdevError} `lock-lost` when it is not ours to write any more. */
  readonly requireHeld: () => Promise<void>;
}

/** The file in its directory. */
export function journalFile(directory: string): string {
  return join(directory, 'journal');
}

/** A journal larger than this is no journal of ours: records have 300 bytes to a few thousand, and it is turned over long before. */
const MAX_BYTES = 64 * 1024 * 1024;

/** When nothing is open in a journal of this size, it makes way for a new one; one older is kept. */
const TURN_OVER_BYTES = 4 * 1024 * 1024;

export function openJournal(directory = stateDirectory()): JournalReader {
  const file = journalFile(directory);
  return {
    read: async () => soundRecords(await scanFile(file), file),
    look: async () => {
      const scan = await scanFile(file);
      refuseUnknown(scan, file);
      return { records: scan.written.map(({ record }) => record), problems: damageOf(scan, file) };
    },
  };
}

/** What was known of the file when it was last read or written: one that is the same needs no reading. */
interface Seen {
  readonly stamp: string;
  /** Ids of changes that have begun and not ended. */
  readonly open: Set<string>;
}

/** The journal for whoever holds the lock. */
export function journalUnder(lock: Lock): Journal {
  const file = journalFile(lock.directory);
  let seen: Seen | undefined;

  const see = async (scan: Scan, handle: FileHandle): Promise<JournalRecord[]> => {
    const records = soundRecords(scan, file);
    // Never acted on: no step was made before its record was whole.
    if (scan.end < (await handle.stat()).size) await handle.truncate(scan.end);
    seen = { stamp: await stampOf(handle), open: openIds(records) };
    return records;
  };

  const append = async (record: JournalRecord): Promise<void> => {
    await lock.requireHeld();
    const handle = await open(file, 'a', 0o644);
    try {
      if ((await stampOf(handle)) !== seen?.stamp) await see(await scanFile(file), handle);
      const { size } = await handle.stat();
      if (size > TURN_OVER_BYTES && record.kind === 'begin' && seen?.open.size === 0) {
        await turnOver(lock.directory, await scanFile(file), record.boot);
        return await append(record);
      }
      const line = Buffer.from(encodeRecord(record));
      await handle.writeFile(line);
      await handle.datasync();
      if ((await handle.stat()).size !== size + line.length) throw writtenByAnother(file);
      if (size === 0) await syncDirectory(lock.directory);
      if (record.kind === 'begin') seen?.open.add(record.id);
      else seen?.open.delete(record.id);
      seen = { stamp: await stampOf(handle), open: seen?.open ?? new Set() };
    } finally {
      await handle.close();
    }
  };

  const read = async (): Promise<JournalRecord[]> => {
    await lock.requireHeld();
    const handle = await open(file, 'a', 0o644);
    try {
      return await see(await scanFile(file), handle);
    } finally {
      await handle.close();
    }
  };
  const appendOrTell = (record: JournalRecord): Promise<void> =>
    append(record).catch((error: unknown) => {
      throw error instanceof HostdevError ? error : notWritten(file, error as Error);
    });
  return { read, append: appendOrTell, requireHeld: lock.requireHeld };
}

function soundRecords(scan: Scan, file: string): JournalRecord[] {
  requireSound(scan, file);
  return scan.written.map(({ record }) => record);
}

function openIds(records: readonly JournalRecord[]): Set<string> {
  const open = new Set<string>();
  for (const { kind, id } of records) {
    if (kind === 'begin') open.add(id);
    else open.delete(id);
  }
  return open;
}

async function stampOf(handle: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await handle.stat({ bigint: true });
  return `${dev}.${ino}.${size}.${mtimeNs}.${ctimeNs}`;
}

function notWritten(file: string, cause: Error): HostdevError {
  return new HostdevError('journal-unwritable', `${file} cannot be written: ${cause.message}`, {
    subject: file,
    hint: 'nothing is changed without it; make room, or check its rights',
    cause,
  });
}

function writtenByAnother(file: string): HostdevError {
  return new HostdevError('lock-lost', `somebody else has written to ${file} at the same time`, {
    subject: file,
    hint: "'hostdev recover' looks what became of what was begun",
  });
}

async function turnOver(directory: string, { written }: Scan, boot: string): Promise<void> {
  const file = journalFile(directory);
  await replaceFile(`${file}.old`, written.map(({ text }) => `${text}\n`).join(''));
  await replaceFile(file, keptLines(written, boot).join(''));
  await syncDirectory(directory);
}

/** @throws {HostdevError} `journal-unreadable`. */
async function scanFile(file: string): Promise<Scan> {
  return scanJournal(await readJournal(file));
}

/** The journal's bytes; none where there is no journal. */
export async function readJournal(file: string): Promise<Buffer> {
  const bytes = await readBounded(file, MAX_BYTES).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0);
    throw new HostdevError('journal-unreadable', `${file} cannot be read: ${error.message}`, {
      subject: file,
      hint: 'check its rights; nothing is changed without it',
      cause: error,
    });
  });
  if (bytes !== undefined) return bytes;
  throw new HostdevError('journal-unreadable', `${file} is too large to be a journal`, { subject: file, hint: 'look at what it is, and move it away' });
}
