/** Any bytes of a journal: what is whole is read, the rest is told. */
import fc from 'fast-check';
import { entriesOf } from '../../src/execute/journal/history.ts';
import { decodeRecord, encodeRecord, type JournalRecord } from '../../src/execute/journal/record.ts';
import { damageOf, refuseUnknown, requireSound, scanJournal } from '../../src/execute/journal/scan.ts';
import { standingChanges } from '../../src/execute/journal/standing.ts';
import { functionsGone } from '../../src/plan/functions-gone.ts';
import { keptLines } from '../../src/execute/journal/turn-over.ts';
import { vfsFound } from '../../src/execute/journal/vfs-found.ts';
import { openRecords } from '../../src/execute/recover.ts';
import { fuzzTarget, orRefused } from './fuzz.ts';
import { mutatedBytes, mutatedJson } from './mutate.ts';

const begin = (id: string, verb: string, subject: string, more: object = {}): JournalRecord =>
  ({
    kind: 'begin',
    id,
    time: '2026-01-01T00:00:00.000Z',
    boot: 'b',
    verb,
    subject,
    before: { driver: 'nvme', override: null },
    wanted: { driver: 'vfio-pci', override: 'vfio-pci' },
    by: 'anna',
    ...more,
  }) as JournalRecord;
const end = (id: string, kind: 'done' | 'undone' | 'lost'): JournalRecord => ({ kind, id, time: '2026-01-01T00:00:01.000Z', after: { driver: 'vfio-pci' } });

const RECORDS: readonly JournalRecord[] = [
  begin('id1', 'prepare', '0007:00:00.0'),
  end('id1', 'done'),
  begin('id2', 'vf create', '0008:00:00.0', { before: { vfs: '0' }, wanted: { vfs: '4' } }),
  end('id2', 'undone'),
  begin('id3', 'attach', '0007:00:00.0 in web', { before: { live: null }, wanted: { live: 'yes' } }),
  begin('id4', 'slot off', '00000017', { before: { power: '1' }, wanted: { power: '0' } }),
  end('id4', 'lost'),
];

const LINES = RECORDS.map(encodeRecord);

/** Everything that is asked of records. */
function askAll(records: readonly JournalRecord[]): void {
  openRecords(records);
  entriesOf(records);
  standingChanges(records, () => true);
  for (const record of records) if (record.kind === 'begin') functionsGone(record);
  vfsFound(records, 'b', '0008:00:00.0');
}

export const journalBytes = fuzzTarget(
  "a journal's bytes",
  mutatedBytes(
    [Buffer.from(LINES.join('')), Buffer.from(LINES.slice(0, 2).join(''))],
    LINES.map((each) => Buffer.from(each)),
  ),
  (bytes) => {
    const scan = scanJournal(bytes);
    askAll(scan.written.map(({ record }) => record));
    damageOf(scan, 'journal');
    keptLines(scan.written, 'b');
    orRefused(() => requireSound(scan, 'journal'));
    orRefused(() => refuseUnknown(scan, 'journal'));
    if (scan.end > bytes.length) throw new Error('it ends behind its end');
    // A record whose line is whole is never left out, but for a second one that begins the same change.
    const read = new Set(scan.written.map(({ text }) => text));
    for (const each of bytes.toString('utf8').split('\n').slice(0, -1)) {
      if (LINES.includes(`${each}\n`) && !read.has(each)) throw new Error(`left out: ${each}`);
    }
    // What was cut off at the end does not come back, and what was whole before stays.
    const again = scanJournal(bytes.subarray(0, scan.end));
    if (again.written.length !== scan.written.length || again.end !== scan.end) throw new Error('cut where it ends, it says something else');
  },
);

export const journalRecords = fuzzTarget(
  'records of a hostdev that is not this one',
  fc.array(mutatedJson(RECORDS), { minLength: 1, maxLength: 4 }),
  (values) => {
    const lines = values.map((value) => encodeRecord(value as JournalRecord));
    for (const each of lines) decodeRecord(each.trimEnd());
    const scan = scanJournal(Buffer.from(lines.join('')));
    askAll(scan.written.map(({ record }) => record));
    keptLines(scan.written, 'b');
  },
);
