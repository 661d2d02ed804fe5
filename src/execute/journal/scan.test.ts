import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { encodeRecord, type JournalRecord } from './record.ts';
import { requireSound, scanJournal } from './scan.ts';

const begin = (n: number): JournalRecord => ({
  kind: 'begin',
  id: `id${n}`,
  time: '2026-01-01T00:00:00.000Z',
  boot: 'b',
  verb: 'prepare',
  subject: '0007:00:00.0',
  before: { driver: 'nvme', override: null },
  wanted: { driver: 'vfio-pci', override: 'vfio-pci' },
  by: 'änna',
});
const done = (n: number): JournalRecord => ({ kind: 'done', id: `id${n}`, time: '2026-01-01T00:00:01.000Z', after: { driver: 'vfio-pci' } });
const JOURNAL = Buffer.from([begin(1), done(1), begin(2)].map(encodeRecord).join(''));

/** A whole line of whatever is in it. */
const line = (value: unknown): string => {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
};
const judge = (text: string): unknown => {
  try {
    requireSound(scanJournal(Buffer.from(text)), 'journal');
    return 'sound';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('any one bit of a journal that changes', () => {
  it('is noticed, wherever it is, and all other records can be read', () => {
    for (let bit = 0; bit < JOURNAL.length * 8; bit += 1) {
      const bytes = Buffer.from(JOURNAL);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const scan = scanJournal(bytes);
      expect(scan.damaged.length, `bit ${bit}`).toBeGreaterThan(0);
      expect(scan.end).toBe(JOURNAL.length);
      const kept = scan.written.map(({ record: { kind, id } }) => `${kind} ${id}`);
      expect(kept.length, `bit ${bit}`).toBeGreaterThanOrEqual(2);
      expect(['begin id1', 'done id1', 'begin id2']).toEqual(expect.arrayContaining(kept));
    }
  });
});

describe('what stands behind the last line', () => {
  const whole = encodeRecord(begin(3)).trimEnd();
  it.each([
    ['half a record', whole.slice(0, 30), 'sound'],
    ['half a checksum', whole.slice(0, 5), 'sound'],
    ['zeros, as some file systems leave them', '\0'.repeat(4096), 'sound'],
    ['half a record and zeros', `${whole.slice(0, 30)}\0\0\0`, 'sound'],
    ['a record without its line end', whole, 'sound'],
    ['a record whose line end is another byte', `${whole}\u000b`, 'journal-damaged'],
    ['something that was never a record', 'hello', 'journal-damaged'],
    ['half a line of something else', '{"kind":', 'journal-damaged'],
  ])('is a torn line, or damage: %s', (_, tail, verdict) => {
    expect(judge(`${JOURNAL.toString()}${tail}`)).toBe(verdict);
    expect(scanJournal(Buffer.from(`${JOURNAL.toString()}${tail}`)).written).toHaveLength(verdict === 'sound' ? 3 : tail.startsWith(whole) ? 4 : 3);
  });
});

describe('a record that this hostdev does not know', () => {
  const { id, time } = done(1);
  it.each([
    ['of a later format', { format: 2, ...begin(1) }],
    ['of a format that is no number', { format: '1', ...begin(1) }],
    ['of another verb', { ...begin(1), verb: 'teleport' }],
    ['of another kind', { kind: 'paused', id, time, after: {} }],
    ['of a verb that has no text of its own', { ...begin(1), verb: { toString: 1 } }],
    ['of a kind that has none', { kind: { toString: 1 }, id, time, after: {} }],
    ['without a subject', { ...begin(1), subject: undefined }],
    ['with facts that are no texts', { ...begin(1), before: { driver: { name: 'nvme' } } }],
    ['that is no object', 7],
  ])('is one %s: nothing is built on it', (_, value) => {
    expect(judge(`${encodeRecord(begin(1))}${line(value)}${encodeRecord(done(1))}`)).toBe('journal-newer');
  });

  it.each([
    ['without a format, as 0.1.0 wrote it', begin(1)],
    ['of the format of today', { format: 1, ...begin(1) }],
    ['with more than is known of', { ...begin(1), ticket: 'A-17' }],
  ])('is none %s', (_, value) => {
    expect(judge(line(value))).toBe('sound');
  });

  it('comes before damage: what is newer is not salvaged by who does not know it', () => {
    expect(judge(`damaged\n${line({ format: 2 })}`)).toBe('journal-newer');
  });
});
