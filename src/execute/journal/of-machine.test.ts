import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Tree, treePort } from '../../testing/tree-port.ts';
import { autoprobeBefore, switchedOff, whoTook } from './of-machine.ts';
import { type BeginRecord, encodeRecord, type JournalRecord } from './record.ts';

const TREE: Tree = { '/proc/sys/kernel/random/boot_id': 'now\n' };
const HERE = { ...treePort(TREE), live: true };
const COPY = { ...treePort(TREE), live: false };
const A = '0000:01:00.0';
const B = '0000:02:00.0';

const begin = (id: string, verb: BeginRecord['verb'], subject: string, told: Partial<BeginRecord> = {}): BeginRecord => ({
  ...{ kind: 'begin', id, time: `time ${id}`, boot: 'now', verb, subject, before: { driver: 'igb' }, wanted: { driver: 'vfio-pci' }, by: 'anna' },
  ...told,
});
const done = (id: string): JournalRecord => ({ kind: 'done', id, time: 't', after: {} });
const RECORDS: readonly JournalRecord[] = [
  ...[begin('a', 'prepare', A), done('a'), begin('b', 'prepare', B, { boot: 'earlier' }), done('b'), begin('c', 'prepare', '0000:03:00.0')],
  ...[begin('d', 'slot off', '00000017', { before: { power: '1' }, wanted: { power: '0' } }), done('d')],
  ...[begin('e', 'vf create', A, { before: { count: '0', autoprobe: '1' }, wanted: { count: '2', autoprobe: '0' } }), done('e')],
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-of-machine-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
  vi.unstubAllEnvs();
});
const lay = (more = ''): void => writeFileSync(join(directory, 'journal'), `${RECORDS.map(encodeRecord).join('')}${more}`);

describe('what the journal knows of the machine that is looked at', () => {
  it('is who took what in this boot, and stands by it', async () => {
    lay();
    expect(await whoTook(HERE, directory)).toEqual(new Map([[A, { by: 'anna', since: 'time a', before: { driver: 'igb' } }]]));
  });

  it('is which slots were switched off, of a damaged journal as well', async () => {
    lay('damaged\n');
    expect((await switchedOff(HERE, directory)).map(({ id, subject }) => `${id} ${subject}`)).toEqual(['d 00000017']);
    await expect(whoTook(HERE, directory)).rejects.toMatchObject({ code: 'journal-damaged' });
  });

  it('is what there was of virtual functions', async () => {
    lay();
    expect(await autoprobeBefore(HERE, directory, A)).toBe('1');
    expect(await autoprobeBefore(HERE, directory, B)).toBeUndefined();
  });

  it('is nothing of a copy of another machine, unless its journal is named', async () => {
    lay();
    vi.stubEnv('HOSTDEV_STATE_DIR', directory);
    const [took, off, autoprobe] = [await whoTook(COPY, undefined), await switchedOff(COPY, undefined), await autoprobeBefore(COPY, undefined, A)];
    expect([took.size, off, autoprobe]).toEqual([0, [], undefined]);
    expect([...(await whoTook(HERE, undefined)).keys()]).toEqual([A]);
    expect([...(await whoTook(COPY, directory)).keys()]).toEqual([A]);
  });

  it('is nothing where there is no journal', async () => {
    expect((await whoTook(HERE, directory)).size).toBe(0);
    expect(await switchedOff(HERE, directory)).toEqual([]);
  });
});
