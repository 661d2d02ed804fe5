import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type BeginRecord, decodeRecord, encodeRecord, type EndRecord, isTorn, type JournalRecord } from './record.ts';
import { damageOf, refuseUnknown, requireSound, scanJournal } from './scan.ts';

const BEGIN: BeginRecord = {
  ...{ kind: 'begin', id: 'a', time: '2026-01-01T00:00:00.000Z', boot: 'b', verb: 'prepare', subject: '0007:00:00.0' },
  ...{ before: { driver: 'nvme', override: null }, wanted: { driver: 'vfio-pci' }, by: 'anna' },
};
const END: EndRecord = { kind: 'done', id: 'a', time: '2026-01-01T00:00:01.000Z', after: { driver: 'vfio-pci' } };

/** A whole line of whatever is in it, without its end. */
const lineOf = (json: string): string => `${crc32(json).toString(16).padStart(8, '0')} ${json}`;
const read = (value: unknown): ReturnType<typeof decodeRecord> => decodeRecord(lineOf(JSON.stringify(value)));

describe('a record', () => {
  it.each<[string, JournalRecord]>([
    ['of what begins', BEGIN],
    ['of a release', { ...BEGIN, verb: 'release' }],
    ['of what is no function', { ...BEGIN, verb: 'slot on', subject: '00000017', before: {}, wanted: {} }],
    ['of a guest', { ...BEGIN, verb: 'attach', subject: '0007:00:00.0 in web', before: {}, wanted: {} }],
    ['of a pool', { ...BEGIN, verb: 'pool create', subject: 'vfs' }],
    ['of what is done', END],
    ['of what was undone, and why', { ...END, kind: 'undone', after: {}, reason: 'it failed' }],
    ['of what was lost', { ...END, kind: 'lost' }],
  ])('%s is a line that is read back', (_, record) => {
    const line = encodeRecord(record);
    expect(line).toBe(`${lineOf(JSON.stringify({ format: 1, ...record }))}\n`);
    expect(decodeRecord(line.slice(0, -1))).toEqual({ kind: 'record', record });
  });

  it.each<[string, unknown, string]>([
    ['a later format', { format: 2, ...BEGIN }, 'format 2'],
    ['a format that is a text', { format: '1', ...BEGIN }, 'format "1"'],
    ['another verb', { ...BEGIN, verb: 'teleport' }, "a change 'teleport'"],
    ['no verb', { ...BEGIN, verb: undefined }, "a change 'undefined'"],
    ['a verb that is none', { ...BEGIN, verb: { a: 1 } }, `a change '{"a":1}'`],
    ['another kind', { ...END, kind: 'paused' }, "a record 'paused'"],
    ['a kind that is none', { ...END, kind: 7 }, "a record '7'"],
    ['no object', 7, "a record 'undefined'"],
    ['null', null, "a record 'undefined'"],
    ...(['id', 'time', 'boot', 'subject', 'by'] as const).map((name): [string, unknown, string] => [
      `a ${name} that is no text`,
      { ...BEGIN, [name]: 7 },
      `a record whose '${name}' is something else`,
    ]),
    ...(['before', 'wanted'] as const).flatMap((name): [string, unknown, string][] =>
      [null, 'x', { a: 7 }, { a: null, b: {} }].map((state) => [
        `${JSON.stringify(state)} as '${name}'`,
        { ...BEGIN, [name]: state },
        `a record whose '${name}' is something else`,
      ]),
    ),
    ...(['id', 'time'] as const).map((name): [string, unknown, string] => [
      `an end without ${name}`,
      { ...END, [name]: undefined },
      `a record whose '${name}' is something else`,
    ]),
    ['an end without what came of it', { ...END, after: undefined }, "a record whose 'after' is something else"],
    ['a prepare of what is no function', { ...BEGIN, subject: 'web' }, "a record whose 'subject' is no PCI function"],
    ['a release of what is no function', { ...BEGIN, verb: 'release', subject: 'web' }, "a record whose 'subject' is no PCI function"],
    ['a prepare from nothing', { ...BEGIN, before: {} }, "a record of 'prepare' that does not say from what to what"],
    ['a prepare to nothing', { ...BEGIN, wanted: {} }, "a record of 'prepare' that does not say from what to what"],
    ['a release to nothing', { ...BEGIN, verb: 'release', wanted: {} }, "a record of 'release' that does not say from what to what"],
  ])('with %s is not known here, and says why', (_, value, what) => {
    expect(read(value)).toEqual({ kind: 'unknown', what });
  });

  it('that is whole and no JSON is not known either', () => {
    expect(decodeRecord(lineOf('{"kind":'))).toEqual({ kind: 'unknown', what: "a record 'undefined'" });
  });

  const LINE = encodeRecord(BEGIN).slice(0, -1);
  it.each([
    ['another checksum', LINE.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
    ['another blank', LINE.replace(' ', '\t')],
    ['another text', LINE.replace('nvme', 'nvmf')],
    ['nothing in it', ''],
  ])('with %s is damaged', (_, line) => {
    expect(decodeRecord(line)).toEqual({ kind: 'damaged' });
  });
});

describe('a line that was torn', () => {
  it.each(['', '0', '0a1b2c3d', '0a1b2c3d ', '0a1b2c3d {', '0a1b2c3d {"', '0a1b2c3d {"kind":"beg', '\0\0\0', '0a1b\0\0', '0a1b2c3d {"ki\0'])(
    'may be %j',
    (line) => {
      expect(isTorn(line)).toBe(true);
    },
  );

  it.each(['hello', '{"', 'x0a1b2c3d {"', '0a1b2c3d  {"', '0a1b2c3d5', '0a1b2c3g {"', '\0a', '0a1b2c3d [', '0A1B2C3D {"', ' {"'])('is not %j', (line) => {
    expect(isTorn(line)).toBe(false);
  });
});

describe('what is said of a journal that nobody may build on', () => {
  const text = (...lines: string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const GOOD = encodeRecord(BEGIN).slice(0, -1);
  const HINT = "look for the reason (a disk that fails?); 'hostdev recover --salvage' keeps a copy and every record that can be read";

  it.each([
    ['one line', text(GOOD, 'x'), 'line 2 of /j cannot be read, so a change that was interrupted may be missing'],
    ['several lines', text('x', GOOD, 'y', 'z'), '3 lines (the first is line 1) of /j cannot be read, so a change that was interrupted may be missing'],
  ])('where %s cannot be read', (_, bytes, message) => {
    const problem = { code: 'journal-damaged', severity: 'warning', subject: '/j', message, hint: HINT };
    expect(damageOf(scanJournal(bytes), '/j')).toEqual([problem]);
    expect(() => requireSound(scanJournal(bytes), '/j')).toThrow(
      expect.objectContaining({ code: 'journal-damaged', subject: '/j', message, hint: HINT }) as Error,
    );
    expect(() => refuseUnknown(scanJournal(bytes), '/j')).not.toThrow();
  });

  it('where something is of a newer hostdev: the first of it', () => {
    const newer = (format: number): string => lineOf(JSON.stringify({ format }));
    expect(() => requireSound(scanJournal(text(GOOD, 'x', newer(2), newer(3))), '/j')).toThrow(
      expect.objectContaining({
        ...{ code: 'journal-newer', subject: '/j', message: 'line 3 of /j is of a newer hostdev: this one does not know format 2' },
        hint: 'use the version of hostdev that wrote it; nothing was changed',
      }) as Error,
    );
  });

  it('where a change begins twice: nobody could say which of them ended', () => {
    const twice = scanJournal(text(GOOD, encodeRecord(END).slice(0, -1), GOOD));
    expect([twice.damaged, twice.written.map(({ record }) => record.kind), twice.end]).toEqual([
      [3],
      ['begin', 'done'],
      text(GOOD, encodeRecord(END).slice(0, -1), GOOD).length,
    ]);
    // An end may stand there twice: it says the same.
    const ends = scanJournal(text(GOOD, encodeRecord(END).slice(0, -1), encodeRecord(END).slice(0, -1)));
    expect(ends.damaged).toEqual([]);
  });

  it('nowhere, where all is well', () => {
    expect(damageOf(scanJournal(text(GOOD)), '/j')).toEqual([]);
    expect(() => requireSound(scanJournal(text(GOOD)), '/j')).not.toThrow();
    expect(scanJournal(Buffer.alloc(0))).toEqual({ written: [], damaged: [], unknown: undefined, end: 0 });
  });
});
