/** Columns that fit a terminal: first in shorter words, then cut, and at last without those that can be done without. */
import { GAP, isPlain, widthOf } from './columns.ts';
import type { Terminal } from './terminal.ts';

export interface FittingColumn {
  readonly title: string;
  /** One a row. */
  readonly cells: readonly string[];
  /** The same in shorter words. */
  readonly short?: readonly string[];
  /** How narrow it may be made; when missing, it is never cut. */
  readonly least?: number;
  /** What keeps its end when it is cut, since that is what counts. */
  readonly keepsEnd?: boolean;
  /** The lowest is left out first; when missing, it never is. On IBM Z people look for ids: those stay longest. */
  readonly leavesAt?: number;
}

/** The columns as they fit a terminal, all of them where it has no width. */
export function fitTerminal<C extends FittingColumn>(columns: readonly C[], { width, hasUnicode }: Pick<Terminal, 'width' | 'hasUnicode'>): C[] {
  return width === undefined ? [...columns] : fitColumns(columns, width, hasUnicode ? '…' : '~');
}

/** The columns that remain, with cells as they fit into `width`; `mark` stands where a cell was cut. */
export function fitColumns<C extends FittingColumn>(columns: readonly C[], width: number, mark: string): C[] {
  if (total(columns.map(natural)) <= width) return [...columns];
  let kept = columns.map((column) => (column.short === undefined ? column : { ...column, cells: column.short }));
  for (;;) {
    const widths = narrowed(kept, width);
    if (widths !== undefined) return kept.map((column, at) => cutTo(column, widths[at] ?? 0, mark));
    const [next] = kept.filter(({ leavesAt }) => leavesAt !== undefined).sort((a, b) => leaving(a) - leaving(b));
    // What never leaves is longer than the terminal: then its lines wrap.
    if (next === undefined) return kept.map((column) => cutTo(column, Math.min(natural(column), column.least ?? natural(column)), mark));
    kept = kept.filter((column) => column !== next);
  }
}

/** What says nothing in any row leaves before all others. */
function leaving({ cells, leavesAt = 0 }: FittingColumn): number {
  return cells.every((cell) => cell === '-' || cell === '') ? Number.NEGATIVE_INFINITY : leavesAt;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, Math.max(0, widths.length - 1) * GAP);
}

function natural({ title, cells }: FittingColumn): number {
  return Math.max(widthOf(title), ...cells.map(widthOf));
}

/** Widths at which the columns fit: the widest that may be narrower gives way first. Undefined when they do not fit. */
function narrowed(columns: readonly FittingColumn[], width: number): number[] | undefined {
  const widths = columns.map(natural);
  const least = columns.map(({ least: own, title }, at) =>
    Math.min(widths[at] ?? 0, own === undefined ? Number.POSITIVE_INFINITY : Math.max(own, widthOf(title))),
  );
  while (total(widths) > width) {
    const spare = widths.map((each, at) => each - (least[at] ?? each));
    const widest = Math.max(...widths.filter((_, at) => (spare[at] ?? 0) > 0));
    const at = widths.findIndex((each, i) => each === widest && (spare[i] ?? 0) > 0);
    if (at === -1) return undefined;
    widths[at] = widest - 1;
  }
  return widths;
}

function cutTo<C extends FittingColumn>(column: C, width: number, mark: string): C {
  return { ...column, cells: column.cells.map((cell) => (widthOf(cell) <= width ? cell : cut(cell, width, { mark, keepsEnd: column.keepsEnd === true }))) };
}

function cut(text: string, width: number, { mark, keepsEnd }: { readonly mark: string; readonly keepsEnd: boolean }): string {
  // `GeForce RTX 3090 [10de:2204]` keeps its last word.
  const end = keepsEnd ? (/ ?\S+$/.exec(text)?.[0] ?? '') : '';
  const room = width - widthOf(end) - widthOf(mark);
  const lastWord = end.trim();
  if (room < 0 && lastWord !== '' && widthOf(lastWord) <= width) return lastWord;
  if (room < 0) return beginning(text, width - widthOf(mark)) + mark;
  const begin = beginning(text, room).trimEnd();
  return end !== '' && begin === '' ? lastWord : `${begin}${mark}${end}`;
}

let segmenter: Intl.Segmenter | undefined;

/** As many whole signs as there is room for. */
function beginning(text: string, room: number): string {
  if (isPlain(text)) return text.slice(0, Math.max(0, room));
  // Making one takes an eighth of the time of a start.
  segmenter ??= new Intl.Segmenter();
  const signs: string[] = [];
  let left = room;
  for (const { segment } of segmenter.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    signs.push(segment);
  }
  return signs.join('');
}
