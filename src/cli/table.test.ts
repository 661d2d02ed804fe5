import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTable, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'TIME', short: (time) => time.slice(0, 4) },
  { title: 'SUBJECT', least: 8 },
  { title: 'BY', leavesAt: 1 },
  { title: 'WHY', least: 10, wraps: true },
];
const ROWS = [
  ['08:00:00', '0000:06:00.0 in web', 'anna', 'the guest has not let go of it within a minute'],
  ['09:00:00', '0000:07:00.0', 'root', ''],
];

const onTerminal = (width: number | undefined): string => formatTable({ hasUnicode: true, width }, COLUMNS, ROWS);

describe('a table', () => {
  it('is as wide as it is where nothing has to fit', () => {
    expect(onTerminal(undefined)).toBe(
      'TIME      SUBJECT              BY    WHY\n' +
        '08:00:00  0000:06:00.0 in web  anna  the guest has not let go of it within a minute\n' +
        '09:00:00  0000:07:00.0         root\n',
    );
  });

  it('goes on below on a terminal, and has all of the reason', () => {
    expect(onTerminal(58)).toBe(
      'TIME  SUBJECT              BY    WHY\n' +
        '08:0  0000:06:00.0 in web  anna  the guest has not let go\n' +
        '                                 of it within a minute\n' +
        '09:0  0000:07:00.0         root\n',
    );
  });

  it('leaves out what matters least where that is not enough', () => {
    expect(onTerminal(28)).toBe(
      'TIME  SUBJECT     WHY\n08:0  0000:06:0…  the guest\n                  has not\n                  let go of\n                  it within\n                  a minute\n09:0  0000:07:0…\n',
    );
  });

  it('goes on below with whole words: an address is never cut', () => {
    const columns: readonly TableColumn[] = [
      { title: 'FUNCTION', least: 8, wraps: true },
      { title: 'DRIFT', least: 6, wraps: true },
      { title: 'WHERE', leavesAt: 1 },
    ];
    const rows = [['10000:e1:00.0 in web', 'there is no function', '/etc/driverctl.d']];
    expect(formatTable({ hasUnicode: true, width: 24 }, columns, rows)).toBe(
      'FUNCTION       DRIFT\n10000:e1:00.0  there is\nin web         no\n               function\n',
    );
  });

  it('is never wider than its terminal, and has every word of what goes on below', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 12 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.array(fc.tuple(words, words, words, words), { minLength: 1, maxLength: 4 }), fc.integer({ min: 34, max: 100 }), (rows, width) => {
        const table = formatTable({ hasUnicode: true, width }, COLUMNS, rows);
        expect(table.split('\n').filter((line) => [...line].length > width)).toEqual([]);
        for (const [, , , why] of rows) for (const word of why.split(' ')) expect(table).toContain(word);
      }),
    );
  });
});
