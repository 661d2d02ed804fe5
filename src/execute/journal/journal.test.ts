import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendRecords } from '../../../test/journal.ts';
import { readHistory } from '../../app/history.ts';
import { prepareFunctions } from '../../app/prepare.ts';
import { recoverChanges } from '../../app/recover-changes.ts';
import { releaseFunctions } from '../../app/release.ts';
import { readStatus } from '../../app/status.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { fakeKernel, type FakeKernel } from '../../testing/fake-kernel.ts';
import { openRecords } from '../recover.ts';
import { type Journal, journalUnder, openJournal } from './journal.ts';
import { withLock } from './lock.ts';
import { encodeRecord, type JournalRecord } from './record.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-journal-'));
});
afterEach(() => rm(directory, { recursive: true }));

const begin = (n: number): JournalRecord => ({
  kind: 'begin',
  id: `id${n}`,
  time: '2026-01-01T00:00:00.000Z',
  boot: 'b',
  verb: 'prepare',
  subject: '0007:00:00.0',
  before: { driver: 'nvme', override: null },
  wanted: { driver: 'vfio-pci', override: 'vfio-pci' },
  by: 'anna',
});
const done = (n: number): JournalRecord => ({ kind: 'done', id: `id${n}`, time: '2026-01-01T00:00:01.000Z', after: { driver: 'vfio-pci' } });

/** As whoever holds the lock has it. */

const append = (...records: readonly JournalRecord[]): Promise<void> => appendRecords(directory, ...records);
const underLock = <T>(act: (journal: Journal) => Promise<T>): Promise<T> => withLock(directory, (lock) => act(journalUnder(lock)));
const file = (): string => join(directory, 'journal');
const read = (): Promise<JournalRecord[]> => openJournal(directory).read();

describe('the journal', () => {
  it('gives back what was appended', async () => {
    await append(begin(1), done(1), begin(2));
    expect((await read()).map((record) => `${record.kind} ${record.id}`)).toEqual(['begin id1', 'done id1', 'begin id2']);
    expect(openRecords(await read()).map((record) => record.id)).toEqual(['id2']);
  });

  it('is empty where there is none', async () => {
    expect(await openJournal(join(directory, 'nowhere')).read()).toEqual([]);
  });

  it('cut at any byte has every whole record before the cut, and goes on behind it', async () => {
    const lines = [begin(1), done(1), begin(2)].map(encodeRecord);
    const whole = Buffer.from(lines.join(''));
    const ends = lines.map((_, i) => Buffer.byteLength(lines.slice(0, i + 1).join('')));
    for (let cut = 0; cut <= whole.length; cut += 1) {
      await writeFile(file(), whole.subarray(0, cut));
      const expected = ends.filter((end) => end <= cut).length;
      expect(await read()).toHaveLength(expected);
      if (cut % 20 !== 0) continue;
      await append(done(9));
      expect((await read()).at(-1)).toMatchObject({ id: 'id9' });
      expect(await read()).toHaveLength(expected + 1);
    }
  });

  it('that has grown long makes way for a new one, which has what may still be in force', async () => {
    const early: JournalRecord = { ...begin(1), boot: 'earlier' } as JournalRecord;
    const filler = Array.from({ length: 15_000 }, (_, i) => [
      { ...begin(1), id: `f${i}`, boot: 'earlier' } as JournalRecord,
      { ...done(1), id: `f${i}` } as JournalRecord,
    ]).flat();
    await writeFile(file(), [early, done(1), ...filler, begin(2), done(2)].map(encodeRecord).join(''));
    await append(begin(3));
    expect((await read()).map(({ kind, id }) => `${kind} ${id}`)).toEqual(['begin id2', 'done id2', 'begin id3']);
    expect((await readFile(join(directory, 'journal.old'), 'utf8')).split('\n')).toHaveLength(30_005);
  });

  it('is not read again for every record', async () => {
    const records = Array.from({ length: 5000 }, (_, i) => [
      { ...begin(1), id: `f${i}` } as JournalRecord,
      { ...done(1), id: `f${i}` } as JournalRecord,
    ]).flat();
    await writeFile(file(), records.map(encodeRecord).join(''));
    const { size } = await stat(file());
    await underLock(async (journal) => {
      await journal.append(begin(1));
      const before = await bytesRead();
      for (let i = 0; i < 10; i += 1) await journal.append({ ...done(1), id: `g${i}` } as JournalRecord);
      expect((await bytesRead()) - before).toBeLessThan(size);
    });
  });

  it('that somebody else has changed since it was last seen is read again', async () => {
    await underLock(async (journal) => {
      await journal.append(begin(1));
      const bytes = await readFile(file());
      bytes[40] = (bytes[40] ?? 0) ^ 1;
      await writeFile(file(), bytes);
      await expect(journal.append(done(1))).rejects.toMatchObject({ code: 'journal-damaged' });
    });
  });

  it('that cannot be read, or is none, says so, where it is, and what to do', async () => {
    await mkdir(file());
    await expect(read()).rejects.toMatchObject({
      ...{ code: 'journal-unreadable', subject: file(), hint: 'check its rights; nothing is changed without it' },
      message: expect.stringMatching(/^\/.*\/journal cannot be read: EISDIR/) as string,
    });
    await rm(file(), { recursive: true });
    await writeFile(file(), '');
    await truncate(file(), 64 * 1024 * 1024 + 1);
    await expect(read()).rejects.toMatchObject({
      ...{ code: 'journal-unreadable', subject: file(), message: `${file()} is too large to be a journal`, hint: 'look at what it is, and move it away' },
    });
  });

  it('that cannot be written says so, and that nothing is changed without it', async () => {
    await underLock(async (journal) => {
      await mkdir(file());
      await expect(journal.append(begin(1))).rejects.toMatchObject({
        ...{ code: 'journal-unwritable', subject: file(), hint: 'nothing is changed without it; make room, or check its rights' },
        message: expect.stringMatching(/^\/.*\/journal cannot be written: EISDIR/) as string,
      });
    });
  });

  it('that is damaged can be looked at: what can be read of it, and what is to be said of the rest', async () => {
    await writeFile(file(), `${encodeRecord(begin(1))}x\n${encodeRecord(done(1))}`);
    const { records, problems } = await openJournal(directory).look();
    expect(records.map(({ kind, id }) => `${kind} ${id}`)).toEqual(['begin id1', 'done id1']);
    expect(problems).toMatchObject([{ code: 'journal-damaged', severity: 'warning', subject: file() }]);
    await expect(read()).rejects.toMatchObject({ code: 'journal-damaged' });
    await writeFile(file(), encodeRecord(begin(1)));
    expect((await openJournal(directory).look()).problems).toEqual([]);
  });

  it('that has grown long stays while something is open in it', async () => {
    const filler = Array.from({ length: 15_000 }, (_, i) => [
      { ...begin(1), id: `f${i}` } as JournalRecord,
      { ...done(1), id: `f${i}` } as JournalRecord,
    ]).flat();
    await writeFile(file(), [...filler, begin(1)].map(encodeRecord).join(''));
    await append(begin(2));
    expect(await read()).toHaveLength(30_002);
  });

  it('is written by nobody who has lost the lock', async () => {
    await withLock(directory, async (lock) => {
      const journal = journalUnder(lock);
      await journal.append(begin(1));
      await rm(join(directory, 'lock'));
      await expect(journal.append(done(1))).rejects.toMatchObject({ code: 'lock-lost' });
    });
    expect(await read()).toHaveLength(1);
  });
});

/** Bytes that this process has read, files of /proc included. Source: proc_pid_io(5). */
async function bytesRead(): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

/** The process dies: nothing of it runs any more. */
class Killed extends Error {}

describe('a process that dies at any write', () => {
  const ADDRESS = '0007:00:00.0';
  const addresses = [parsePciAddress(ADDRESS)];
  const change = (): { dryRun: boolean; stateDirectory: string } => ({ dryRun: false, stateDirectory: directory });
  const context = (port: FakeKernel) => ({ port, isRoot: true, readPciIds: async () => undefined });

  /** A kernel that lets `writes` happen and then kills the writer, before or behind the next one. */
  const dyingKernel = (): { kernel: FakeKernel; arm: (after: number, behind: boolean) => void; disarm: () => void } => {
    let left = Number.POSITIVE_INFINITY;
    let dead = false;
    let behindWrite = false;
    const kernel = fakeKernel([{ address: ADDRESS, driver: 'nvme', iommuGroup: 0 }]);
    const write = async (path: string, text: string): Promise<void> => {
      if (dead) throw new Killed('dead');
      if (left === 0 && !behindWrite) {
        dead = true;
        throw new Killed('before');
      }
      await kernel.write(path, text);
      if (left === 0) {
        dead = true;
        throw new Killed('behind');
      }
      left -= 1;
    };
    return {
      kernel: { ...kernel, write },
      arm: (after, behind) => {
        left = after;
        behindWrite = behind;
      },
      disarm: () => {
        left = Number.POSITIVE_INFINITY;
        dead = false;
      },
    };
  };

  const points = [0, 1, 2].flatMap((after) => [false, true].map((behind) => ({ after, behind })));

  it.each(points)('of prepare (write $after, behind it: $behind) leaves the function in its old or new state after recover', async ({ after, behind }) => {
    const { kernel, arm, disarm } = dyingKernel();
    arm(after, behind);
    await expect(prepareFunctions(context(kernel), addresses, change())).rejects.toThrow();
    disarm();
    await forgetEnds();
    const [recovery] = await recoverChanges(context(kernel), directory);
    expect(['old', 'new']).toContain(recovery?.outcome);
    expect(kernel.driverOf(ADDRESS)).toBe(recovery?.outcome === 'new' ? 'vfio-pci' : 'nvme');
    expect(openRecords(await openJournal(directory).read())).toEqual([]);
    expect(await recoverChanges(context(kernel), directory)).toEqual([]);
  });

  it.each(points)('of release (write $after, behind it: $behind) leaves the function in its old or new state after recover', async ({ after, behind }) => {
    const { kernel, arm, disarm } = dyingKernel();
    await prepareFunctions(context(kernel), addresses, change());
    arm(after, behind);
    await expect(releaseFunctions(context(kernel), addresses, change())).rejects.toThrow();
    disarm();
    await forgetEnds();
    const [recovery] = await recoverChanges(context(kernel), directory);
    expect(['old', 'new']).toContain(recovery?.outcome);
    expect(kernel.driverOf(ADDRESS)).toBe(recovery?.outcome === 'new' ? 'nvme' : 'vfio-pci');
    expect(openRecords(await openJournal(directory).read())).toEqual([]);
  });

  /** A dead process writes no end: takes the last one away where the dying one still wrote it. */
  async function forgetEnds(): Promise<void> {
    const file = join(directory, 'journal');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const last = lines.findLastIndex((line) => line.includes('"kind":"begin"'));
    await writeFile(file, `${lines.slice(0, last + 1).join('\n')}\n`);
  }

  it('blocks further changes until recover has run', async () => {
    const { kernel, arm, disarm } = dyingKernel();
    arm(1, false);
    await expect(prepareFunctions(context(kernel), addresses, change())).rejects.toThrow();
    disarm();
    await forgetEnds();
    await expect(prepareFunctions(context(kernel), addresses, change())).rejects.toMatchObject({ code: 'recovery-needed' });
    expect((await readStatus(context(kernel), directory)).changes).toMatchObject([{ subject: ADDRESS, state: 'interrupted' }]);
    await recoverChanges(context(kernel), directory);
    expect(await prepareFunctions(context(kernel), addresses, change())).toMatchObject([{ changed: true }]);
    expect((await readStatus(context(kernel), directory)).changes).toMatchObject([{ subject: ADDRESS, state: 'in force', before: 'nvme', now: 'vfio-pci' }]);
    expect((await readHistory(directory)).entries.map((entry) => entry.outcome)).toEqual(['undone', 'done']);
  });
});
