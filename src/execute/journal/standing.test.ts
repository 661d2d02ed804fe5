import { describe, expect, it } from 'vitest';
import { entriesOf } from './history.ts';
import { type BeginRecord, encodeRecord, type EndRecord, type JournalRecord } from './record.ts';
import { standingChanges } from './standing.ts';
import { functionsGone } from '../../plan/functions-gone.ts';
import { stateDirectory } from './state-directory.ts';
import { keptLines } from './turn-over.ts';
import { vfsFound } from './vfs-found.ts';

const PF = '0000:02:00.0';
const OTHER = '0000:03:00.0';

const begin = (id: string, verb: BeginRecord['verb'], subject: string, told: Partial<BeginRecord> = {}): BeginRecord => ({
  ...{ kind: 'begin', id, time: `time ${id}`, boot: 'b', verb, subject, before: {}, wanted: {}, by: 'anna' },
  ...told,
});
const end = (id: string, kind: EndRecord['kind'] = 'done', told: Partial<EndRecord> = {}): EndRecord => ({ kind, id, time: `end ${id}`, after: {}, ...told });

describe('what still stands', () => {
  const standing = (...records: JournalRecord[]): string[] => standingChanges(records, () => true).map(({ record, end: how }) => `${record.id} ${how}`);

  it.each<[string, JournalRecord[], string[]]>([
    ['is nothing of nothing', [], []],
    ['is what was done', [begin('a', 'prepare', PF), end('a')], ['a done']],
    ['is what began and did not end', [begin('a', 'prepare', PF)], ['a open']],
    ['is what was lost', [begin('a', 'prepare', PF), end('a', 'lost')], ['a lost']],
    ['is not what was undone', [begin('a', 'prepare', PF), end('a', 'undone')], []],
    ['is the last of a topic', [begin('a', 'prepare', PF), end('a'), begin('b', 'release', PF), end('b')], ['b done']],
    ['is what was there before one that was undone', [begin('a', 'prepare', PF), end('a'), begin('b', 'release', PF), end('b', 'undone')], ['a done']],
    [
      'is of each topic one',
      [begin('a', 'prepare', PF), end('a'), begin('b', 'persist', PF), end('b'), begin('c', 'prepare', OTHER), end('c')],
      ['a done', 'b done', 'c done'],
    ],
    [
      'is told by the last changes, oldest first',
      [begin('a', 'prepare', PF), end('a'), begin('b', 'prepare', OTHER), end('b'), begin('c', 'prepare', PF), end('c')],
      ['b done', 'c done'],
    ],
    [
      'is nothing of a function that went away, but its rule',
      [
        ...[
          begin('a', 'prepare', PF),
          end('a'),
          begin('b', 'vf create', PF),
          end('b'),
          begin('c', 'vf set', PF),
          end('c'),
          begin('d', 'persist', PF),
          end('d'),
        ],
        ...[begin('e', 'prepare', OTHER), end('e'), begin('f', 'slot off', '00000017', { before: { power: '1', functions: `0000:09:00.0 ${PF}` } }), end('f')],
      ],
      ['d done', 'e done', 'f done'],
    ],
    [
      'is all of a function that was not taken away in the end',
      [begin('a', 'prepare', PF), end('a'), begin('b', 'slot off', '00000017', { before: { functions: PF } })],
      ['a done', 'b open'],
    ],
    [
      'is each change of libvirts of their own',
      [begin('a', 'pool create', 'vfs', { before: { uri: 'x' } }), end('a'), begin('b', 'pool create', 'vfs', { before: { uri: 'y' } }), end('b')],
      ['a done', 'b done'],
    ],
  ])('%s', (_, records, left) => {
    expect(standing(...records)).toEqual(left);
  });

  it('is asked only of what counts', () => {
    const records = [begin('a', 'prepare', PF), end('a'), begin('b', 'release', PF, { boot: 'later' }), end('b')];
    expect(standingChanges(records, ({ boot }) => boot === 'b').map(({ record }) => record.id)).toEqual(['a']);
  });

  it('went away by name', () => {
    expect(functionsGone(begin('a', 'slot off', 's', { before: { functions: `${PF} ${OTHER}` } }))).toEqual([PF, OTHER]);
    expect(functionsGone(begin('a', 'slot off', 's'))).toEqual([]);
    expect(functionsGone(begin('a', 'slot off', 's', { before: { functions: null } }))).toEqual([]);
  });
});

describe('the journal as a list', () => {
  it.each<[string, JournalRecord[], object]>([
    ['done', [end('a', 'done', { after: { driver: 'vfio-pci' } })], { to: 'vfio-pci', outcome: 'done', reason: null }],
    ['undone, and why', [end('a', 'undone', { after: { driver: 'nvme' }, reason: 'it failed' })], { to: 'nvme', outcome: 'undone', reason: 'it failed' }],
    [
      'undone by who recovered it',
      [end('a', 'undone', { by: 'root (pid 7)' })],
      { to: 'no driver', outcome: 'undone', reason: null, recoveredBy: 'root (pid 7)' },
    ],
    ['interrupted', [], { to: null, outcome: 'interrupted', reason: null }],
    ['nobody knows how', [end('a', 'lost', { reason: 'unreadable' })], { to: null, outcome: 'unknown', reason: 'unreadable' }],
  ])('says of each change how it ended: %s', (_, ends, told) => {
    const records = [begin('a', 'prepare', PF, { before: { driver: 'nvme' } }), ...ends];
    expect(entriesOf(records)).toEqual([{ time: 'time a', verb: 'prepare', subject: PF, by: 'anna', from: 'nvme', recoveredBy: null, ...told }]);
  });

  it('has the oldest first, and no ends without a beginning', () => {
    expect(
      entriesOf([end('x'), begin('a', 'prepare', PF), begin('b', 'release', PF), end('b'), end('a')]).map(({ verb, outcome }) => `${verb} ${outcome}`),
    ).toEqual([...['prepare done', 'release done']]);
  });
});

describe('what there was of virtual functions before hostdev changed that', () => {
  const state = (count: string, autoprobe: string | null = '1') => ({ count, autoprobe });
  const create = (id: string, from: string, to: string, told: Partial<BeginRecord> = {}): BeginRecord =>
    begin(id, 'vf create', PF, { before: state(from), wanted: state(to), ...told });
  const remove = (id: string, from: string): BeginRecord => begin(id, 'vf remove', PF, { before: state(from), wanted: state('0') });
  it.each<[string, JournalRecord[], string | undefined]>([
    ['is not known without a change', [], undefined],
    ['is what the first change found', [create('a', '0', '2'), end('a'), create('b', '2', '4'), end('b')], '0'],
    ['is what an open change found', [create('a', '1', '2')], '1'],
    ['is what a lost change found', [create('a', '1', '2'), end('a', 'lost')], '1'],
    ['is not what one found that was undone', [create('a', '1', '2'), end('a', 'undone'), create('b', '3', '4'), end('b')], '3'],
    ['is nothing once they were removed', [create('a', '0', '2'), end('a'), remove('b', '2'), end('b')], undefined],
    ['is counted anew once they were removed', [create('a', '0', '2'), end('a'), remove('b', '2'), end('b'), create('c', '1', '4'), end('c')], '1'],
    ['stays when removing them was undone', [create('a', '0', '2'), end('a'), remove('b', '2'), end('b', 'undone')], '0'],
    ['stays while removing them is open, or lost', [create('a', '0', '2'), end('a'), remove('b', '2'), end('b', 'lost')], '0'],
    ['is nothing once all is as it was', [create('a', '2', '4'), end('a'), create('b', '4', '2'), end('b')], undefined],
    [
      'stays where the number is as it was and who may take them is not',
      [create('a', '2', '4'), end('a'), create('b', '4', '2', { wanted: state('2', '0') }), end('b')],
      '2',
    ],
    ['stays where who may take them is as it was and the number is not', [create('a', '2', '4'), end('a'), create('b', '4', '3'), end('b')], '2'],
    ['is nothing of another function', [create('a', '0', '2', { subject: OTHER }), end('a')], undefined],
    ['is nothing of another boot', [create('a', '0', '2', { boot: 'earlier' }), end('a')], undefined],
    ['is nothing of another change', [begin('a', 'vf set', PF, { before: state('5') }), end('a')], undefined],
  ])('%s', (_, records, count) => {
    expect(vfsFound(records, 'b', PF)?.['count']).toBe(count);
  });

  it('is the same where the kernel does not say who may take them', () => {
    const without = { before: { count: '2' }, wanted: { count: '4' } };
    const back = { before: { count: '4' }, wanted: { count: '2', autoprobe: null } };
    expect(vfsFound([create('a', '', '', without), end('a'), create('b', '', '', back), end('b')], 'b', PF)).toBeUndefined();
  });
});

describe('a journal that has grown long', () => {
  const written = (...records: JournalRecord[]) => records.map((record) => ({ record, text: encodeRecord(record).trimEnd() }));
  const kept = (boot: string, ...records: JournalRecord[]): string[] =>
    keptLines(written(...records), boot).map((line) => (/"id":"(\w+)"/.exec(line)?.[1] ?? '') + (line.includes('"begin"') ? '' : '!'));

  it('keeps what was changed in this boot, and what outlives boots, with their ends', () => {
    expect(
      kept(
        'now',
        ...[begin('a', 'prepare', PF), end('a'), begin('b', 'persist', PF), end('b'), begin('c', 'attach', PF), end('c')],
        ...[begin('d', 'prepare', PF, { boot: 'now' }), begin('e', 'vf create', PF), end('e'), end('d'), end('x')],
      ),
    ).toEqual(['b', 'b!', 'c', 'c!', 'd', 'd!']);
  });

  it('keeps lines as they were, to the byte', () => {
    const all = written(begin('a', 'persist', PF), end('a'));
    expect(keptLines(all, 'now')).toEqual(all.map(({ text }) => `${text}\n`));
  });

  it('keeps the last mebibyte, and no end is lost whose beginning is kept', () => {
    const big = 'x'.repeat(300 * 1024);
    const records = ['a', 'b', 'c', 'd'].flatMap((id) => [begin(id, 'persist', PF, { by: big }), end(id)]);
    expect(kept('now', ...records)).toEqual(['a!', 'b', 'b!', 'c', 'c!', 'd', 'd!']);
    expect(kept('now', begin('a', 'persist', PF, { by: 'x'.repeat(1024 * 1024) }), end('a'))).toEqual(['a!']);
  });
});

describe('where the journal is', () => {
  it('is where it is said to be, or where the machine keeps such things', () => {
    expect(stateDirectory({ HOSTDEV_STATE_DIR: '/x' })).toBe('/x');
    expect(stateDirectory({})).toBe('/var/lib/hostdev');
  });
});
