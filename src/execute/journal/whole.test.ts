import { describe, expect, it } from 'vitest';
import { topicOf } from '../../plan/transition.ts';
import type { BeginRecord, JournalRecord } from './record.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import { keptLines } from './turn-over.ts';
import { standingParts, unendedWholes } from './whole.ts';

const begin = (id: string, more: Partial<BeginRecord> = {}): BeginRecord => ({
  ...{ kind: 'begin', id, time: '2026-01-01T00:00:00.000Z', boot: 'now', verb: 'prepare', subject: '0000:01:00.0' },
  ...{ before: { driver: 'nvme' }, wanted: { driver: 'vfio-pci' }, by: 'anna', whole: 'w', ...more },
});
const back = (id: string): BeginRecord => begin(id, { verb: 'release', before: { driver: 'vfio-pci' }, wanted: { driver: 'nvme' } });
const end = (id: string, kind: 'done' | 'undone' | 'lost' = 'done'): JournalRecord => ({ kind, id, time: '2026-01-01T00:00:01.000Z', after: {} });
const ids = (...records: readonly JournalRecord[]): string[][] => unendedWholes(records, 'now').map((parts) => parts.map(({ id }) => id));

describe('a whole', () => {
  it.each([
    ['with all its parts done, before its own end', [begin('a'), end('a'), begin('b'), end('b')], [['a', 'b']]],
    ['that ended', [begin('a'), end('a'), end('w')], []],
    ['that was undone', [begin('a'), end('a'), end('w', 'undone')], []],
    ['whose end was lost', [begin('a'), end('a'), end('w', 'lost')], []],
    ['of another boot, of what ends with the boot', [begin('a', { boot: 'before' }), end('a')], []],
    ['of another boot, with what outlives it', [begin('a', { boot: 'before' }), end('a'), begin('b', { boot: 'before', verb: 'persist' }), end('b')], [['b']]],
    ['of one change that is no part of any', [begin('a', { whole: undefined }), end('a')], []],
  ] as const)('%s has parts that do not stay: %j', (_, records, open) => expect(ids(...records)).toEqual(open));

  it.each([
    ['that were done', [begin('a'), begin('b', { subject: '0000:02:00.0' })], ['a', 'b']],
    ['but for one that was undone', [begin('a'), begin('b', { subject: '0000:02:00.0' }), back('c')], ['b']],
    ['with one that was done again', [begin('a'), back('b'), begin('c')], ['c']],
    ['of one topic that lead further', [begin('a'), begin('b', { before: { driver: 'vfio-pci' }, wanted: { driver: 'mlx5_vfio_pci' } })], ['a', 'b']],
  ] as const)('stands with those parts %s', (_, parts, standing) => expect(standingParts(parts, topicOf).map(({ id }) => id)).toEqual(standing));

  it('keeps its end when the journal is turned over, with its parts', () => {
    const records: readonly JournalRecord[] = [begin('a'), end('a'), end('w'), begin('b', { boot: 'before', whole: 'v' }), end('b'), end('v')];
    const lines = keptLines(
      records.map((record) => ({ record, text: encodeRecord(record).trimEnd() })),
      'now',
    );
    expect(lines.map((line) => decodeRecord(line.trimEnd()))).toEqual(
      records.slice(0, 3).map((record) => ({ kind: 'record', record: JSON.parse(JSON.stringify(record)) as JournalRecord })),
    );
  });

  it('has an id that is a text', () => {
    expect(decodeRecord(encodeRecord({ ...begin('a'), whole: 7 } as unknown as JournalRecord).trimEnd())).toMatchObject({
      kind: 'unknown',
      what: "a record whose 'whole' is something else",
    });
  });
});
