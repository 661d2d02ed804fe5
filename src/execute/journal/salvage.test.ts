import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords } from '../recover.ts';
import { openJournal } from './journal.ts';
import { withLock } from './lock.ts';
import { type BeginRecord, encodeRecord, type JournalRecord } from './record.ts';
import { type Salvage, salvageJournal } from './salvage.ts';
import { unendedWholes } from './whole.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hostdev-salvage-'));
});
afterEach(() => rm(directory, { recursive: true }));

const NOW = new Date('2026-02-03T04:05:06.789Z');
const begin = (id: string, subject: string, verb: BeginRecord['verb'] = 'prepare'): JournalRecord => ({
  ...{ kind: 'begin', id, time: '2026-01-01T00:00:00.000Z', boot: 'b', verb, subject: `0000:0${subject}:00.0` },
  ...{ before: { driver: 'nvme' }, wanted: { driver: 'vfio-pci' }, by: 'anna' },
});
const done = (id: string): JournalRecord => ({ kind: 'done', id, time: '2026-01-01T00:00:01.000Z', after: { driver: 'vfio-pci' } });

/** Writes a journal, with a bit changed in the lines of these numbers. */
async function damaged(records: readonly JournalRecord[], ...lines: readonly number[]): Promise<string> {
  const text = records.map((record, i) => (lines.includes(i + 1) ? encodeRecord(record).replace('2026', '2027') : encodeRecord(record))).join('');
  await writeFile(join(directory, 'journal'), text);
  return text;
}
const salvage = (): Promise<Salvage | undefined> => withLock(directory, (lock) => salvageJournal(lock, NOW));
const kept = async (): Promise<string[]> => (await openJournal(directory).read()).map(({ kind, id }) => `${kind} ${id}`);

describe('salvaging', () => {
  it('ends a whole whose end is damaged where something was begun after it, and leaves one that nothing came after to recover', async () => {
    const part = (id: string, subject: string, whole: string): JournalRecord => ({ ...begin(id, subject), whole }) as JournalRecord;
    const end = (id: string): JournalRecord => ({ kind: 'done', id, time: '2026-01-01T00:00:01.000Z', after: {} });
    await damaged([part('a', '1', 'w'), done('a'), end('w'), begin('b', '2'), done('b'), part('c', '3', 'v'), done('c'), end('v')], 3, 8);
    await salvage();
    expect(await kept()).toEqual(['begin a', 'done a', 'begin b', 'done b', 'begin c', 'done c', 'lost w']);
    expect(unendedWholes(await openJournal(directory).read(), 'b').map((parts) => parts.map(({ id }) => id))).toEqual([['c']]);
  });

  it('keeps what can be read, in its order, and a copy of the whole', async () => {
    const text = await damaged([begin('a', '1'), done('a'), begin('b', '2'), done('b'), begin('c', '3')], 3);
    const copy = join(directory, 'journal.damaged-2026-02-03T04:05:06.789Z');
    expect(await salvage()).toEqual({ copy, kept: 4, damaged: 1 });
    expect(await kept()).toEqual(['begin a', 'done a', 'done b', 'begin c']);
    expect(await readFile(copy, 'utf8')).toBe(text);
    expect(openRecords(await openJournal(directory).read()).map(({ id }) => id)).toEqual(['c']);
  });

  it('keeps both records of two lines whose line end is damaged', async () => {
    const text = [begin('a', '1'), done('a')].map(encodeRecord).join('').replace('\n', '\u000b');
    await writeFile(join(directory, 'journal'), text);
    expect(await salvage()).toMatchObject({ kept: 2, damaged: 1 });
    expect(await kept()).toEqual(['begin a', 'done a']);
  });

  it('closes a change whose end was lost when the same was changed later: to recover it would undo what came after', async () => {
    await damaged([begin('a', '1', 'vf create'), done('a'), begin('b', '1', 'vf create'), done('b')], 2);
    await salvage();
    expect(await kept()).toEqual(['begin a', 'begin b', 'done b', 'lost a']);
    expect(openRecords(await openJournal(directory).read())).toEqual([]);
  });

  it.each([
    ['a pool', 'pool create', { uri: 'qemu:///system' }, { uri: 'qemu:///session' }],
    ['the ports of a guest', 'ports add', { uri: 'u', guest: 'one' }, { uri: 'u', guest: 'two' }],
  ] as const)('leaves a change of %s open when another of the same name was changed later', async (_, verb, first, second) => {
    const of = (id: string, facts: Readonly<Record<string, string>>): JournalRecord => ({ ...(begin(id, '1', verb) as BeginRecord), before: facts });
    await damaged([of('a', first), done('a'), of('b', second), done('b')], 2);
    await salvage();
    expect(openRecords(await openJournal(directory).read()).map(({ id }) => id)).toEqual(['a']);
  });

  it('leaves a change whose end was lost open when nothing tells that it has ended', async () => {
    await damaged([begin('a', '1'), done('a'), begin('b', '2'), done('b')], 2);
    await salvage();
    expect(openRecords(await openJournal(directory).read()).map(({ id }) => id)).toEqual(['a']);
  });

  it.each([
    ['a sound journal', [begin('a', '1')]],
    ['none', []],
  ])('does nothing with %s', async (_, records) => {
    await damaged(records);
    const before = await readFile(join(directory, 'journal'), 'utf8');
    expect(await salvage()).toBeUndefined();
    expect(await readFile(join(directory, 'journal'), 'utf8')).toBe(before);
    expect((await readdir(directory)).filter((name) => name.startsWith('journal'))).toEqual(['journal']);
  });

  it('refuses what a newer hostdev wrote, and changes nothing', async () => {
    const text = `${await damaged([begin('a', '1'), done('a')], 1)}${encodeRecord({ ...begin('b', '2'), verb: 'teleport' } as unknown as JournalRecord)}`;
    await writeFile(join(directory, 'journal'), text);
    await expect(salvage()).rejects.toMatchObject({ code: 'journal-newer' });
    expect(await readFile(join(directory, 'journal'), 'utf8')).toBe(text);
  });
});
