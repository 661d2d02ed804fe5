import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { fitColumns, type FittingColumn } from './fit-columns.ts';

const widthOf = (columns: readonly FittingColumn[]): number =>
  columns.reduce((sum, { title, cells }) => sum + Math.max(stringWidth(title), ...cells.map((cell) => stringWidth(cell))), (columns.length - 1) * 2);

const ADDRESS: FittingColumn = { title: 'ADDRESS', cells: ['0000:01:00.0'] };
const VERDICT: FittingColumn = { title: 'VERDICT', cells: ['free with 3 others'], short: ['free +3'] };
const DRIVER: FittingColumn = { title: 'DRIVER', cells: ['snd_hda_intel'], least: 8, leavesAt: 2 };
const DEVICE: FittingColumn = { title: 'DEVICE', cells: ['NVIDIA GeForce RTX 3090 [10de:2204]'], least: 11, keepsEnd: true, leavesAt: 1 };
const ALL = [ADDRESS, VERDICT, DRIVER, DEVICE];

describe('columns on a terminal', () => {
  it.each<[string, number, string[]]>([
    ['stay as they are where there is room', 84, ['0000:01:00.0', 'free with 3 others', 'snd_hda_intel', 'NVIDIA GeForce RTX 3090 [10de:2204]']],
    ['become shorter words before anything is cut', 83, ['0000:01:00.0', 'free +3', 'snd_hda_intel', 'NVIDIA GeForce RTX 3090 [10de:2204]']],
    ['are cut where they are widest, and keep an id at the end', 60, ['0000:01:00.0', 'free +3', 'snd_hda_intel', 'NVIDIA Ge… [10de:2204]']],
    ['are cut to the least that they have', 44, ['0000:01:00.0', 'free +3', 'snd_hda…', '[10de:2204]']],
    ['are left out, the least important first', 43, ['0000:01:00.0', 'free +3', 'snd_hda_intel']],
    ['are left out one after the other', 24, ['0000:01:00.0', 'free +3']],
    ['wrap where nothing more can be left out', 10, ['0000:01:00.0', 'free +3']],
  ])('%s', (_, width, cells) => {
    expect(fitColumns(ALL, width, '…').map((column) => column.cells[0])).toEqual(cells);
  });

  it.each([
    ['cut by what a terminal shows of them', '中文网卡控制器', 8, '中文网…'],
    ['never cut through a sign', '中文网卡控制器', 7, '中文网…'],
    ['keeping their last word', '中文网卡 [10de]', 12, '中文… [10de]'],
  ])('of wide signs are %s', (_, cell, width, expected) => {
    const [column] = fitColumns([{ title: 'X', cells: [cell], least: 1, keepsEnd: cell.includes('[') }], width, '…');
    expect(column?.cells).toEqual([expected]);
    expect(stringWidth(expected)).toBeLessThanOrEqual(width);
  });

  it('are left out first where they say nothing', () => {
    const empty = { ...DRIVER, title: 'NAME', cells: ['-'], leavesAt: 9 };
    expect(fitColumns([ADDRESS, empty, DEVICE], 26, '…').map(({ title }) => title)).toEqual(['ADDRESS', 'DEVICE']);
  });

  it('fit whatever is in them, and keep their rows', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
    const column = (rows: number): fc.Arbitrary<FittingColumn> =>
      fc.record({
        title: fc.string({ maxLength: 8 }),
        cells: fc.array(cell, { minLength: rows, maxLength: rows }),
        least: fc.integer({ min: 1, max: 10 }),
        keepsEnd: fc.boolean(),
        leavesAt: fc.integer({ min: 0, max: 9 }),
      });
    const tables = fc.integer({ min: 1, max: 4 }).chain((rows) => fc.array(column(rows), { minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(tables, fc.integer({ min: 20, max: 200 }), (columns, width) => {
        const fitting = fitColumns(columns, width, '~');
        expect(widthOf(fitting)).toBeLessThanOrEqual(width);
        expect(fitting.every(({ cells }) => cells.length === columns[0]?.cells.length)).toBe(true);
      }),
    );
  });
});
