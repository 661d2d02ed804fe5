/** Columns that fit a terminal: first in shorter words, then cut, and at last without those that can be done without. */

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
  /** The lowest is left out first; when missing, it never is. */
  readonly leavesAt?: number;
}

/** What stands between two columns. */
const GAP = 2;

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
  return cells.every((cell) => cell === '-') ? Number.NEGATIVE_INFINITY : leavesAt;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, Math.max(0, widths.length - 1) * GAP);
}

function natural({ title, cells }: FittingColumn): number {
  return Math.max(title.length, ...cells.map(length));
}

/** Widths at which the columns fit: the widest that may be narrower gives way first. Undefined when they do not fit. */
function narrowed(columns: readonly FittingColumn[], width: number): number[] | undefined {
  const widths = columns.map(natural);
  const least = columns.map(({ least: own, title }, at) =>
    Math.min(widths[at] ?? 0, own === undefined ? Number.POSITIVE_INFINITY : Math.max(own, title.length)),
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
  return { ...column, cells: column.cells.map((cell) => (length(cell) <= width ? cell : cut(cell, width, { mark, keepsEnd: column.keepsEnd === true }))) };
}

function cut(text: string, width: number, { mark, keepsEnd }: { readonly mark: string; readonly keepsEnd: boolean }): string {
  const signs = [...text];
  // `GeForce RTX 3090 [10de:2204]` keeps its last word.
  const end = keepsEnd ? [...(/ ?\S+$/.exec(text)?.[0] ?? '')] : [];
  const room = width - end.length - 1;
  const lastWord = end.join('').trim();
  if (room < 0 && lastWord !== '' && [...lastWord].length <= width) return lastWord;
  if (room < 0) return signs.slice(0, Math.max(0, width - 1)).join('') + mark;
  const begin = signs.slice(0, room).join('').trimEnd();
  return end.length > 0 && begin === '' ? lastWord : `${begin}${mark}${end.join('')}`;
}

/** Signs, not the units that they are written in. */
function length(text: string): number {
  return [...text].length;
}
