/** Columns for people: aligned, no frame, no blanks at line ends; on a terminal no wider than it is. */
import { drawColumns, widthOf } from './columns.ts';
import { fitTerminal, type FittingColumn } from './fit-columns.ts';
import { oneLine } from '../printable.ts';
import { asAscii, type Terminal } from './terminal.ts';

export interface TableColumn extends Pick<FittingColumn, 'title' | 'least' | 'leavesAt'> {
  /** The same in shorter words. */
  readonly short?: (cell: string) => string;
  /** What does not fit goes on below, and nothing of it is cut. */
  readonly wraps?: true;
}

export function formatTable(terminal: Pick<Terminal, 'hasUnicode' | 'width'>, columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string {
  const all = columns.map(({ short, ...column }, at) => {
    const cells = rows.map((row) => cellText(terminal, row[at] ?? ''));
    return { ...column, ...leastOf(column, cells), cells, whole: cells, ...(short === undefined ? {} : { short: cells.map(short) }) };
  });
  const fitting = fitTerminal(all, terminal);
  const parts = fitting.map(({ title, cells, whole, wraps }) => {
    const width = Math.max(widthOf(title), ...cells.map(widthOf));
    return wraps === true ? whole.map((cell) => wrap(cell, width)) : cells.map((cell) => [cell]);
  });
  const lines = rows.flatMap((_, at) => {
    const height = Math.max(...parts.map((cells) => cells[at]?.length ?? 1));
    return Array.from({ length: height }, (__, line) => parts.map((cells) => cells[at]?.[line] ?? ''));
  });
  return drawColumns([fitting.map(({ title }) => title), ...lines]);
}

/** What goes on below is no narrower than its longest word: that is not cut, and would stand out of the terminal. */
function leastOf({ least, wraps }: TableColumn, cells: readonly string[]): Pick<TableColumn, 'least'> {
  if (wraps !== true || least === undefined) return {};
  return { least: Math.max(least, ...cells.flatMap((cell) => cell.split(' ').map(widthOf))) };
}

/** Lines that are as wide as that at most, but for a word that is wider itself. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(last) + 1 + widthOf(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** `2026-11-26T08:00:00Z` says enough. */
export function withoutMilliseconds(time: string): string {
  return time.replace(/\.\d+(?=Z|[+-])/, '');
}

/** Text of a cell. It is what the terminal has before columns are measured: some signs become longer. */
export function cellText({ hasUnicode }: Pick<Terminal, 'hasUnicode'>, text: string): string {
  return hasUnicode ? oneLine(text) : asAscii(oneLine(text));
}
