/** Rows of `list` as a table that fits the terminal, the functions of an IOMMU group together. */
import type { ListedFunction } from '../../state/listed-function.ts';
import { fitTerminal, type FittingColumn } from '../fit-columns.ts';
import type { Io } from '../io.ts';
import { drawColumns } from '../columns.ts';
import { cellText } from '../table.ts';
import type { ListColumn } from './list-columns.ts';

export interface TableLine {
  /** undefined for a line that is no function. */
  readonly row: ListedFunction | undefined;
  /** Cells that stand instead of those of the row, by the name of their column. */
  readonly instead?: Readonly<Record<string, string>>;
}

interface Shape {
  /** Columns that the lines have to fit; undefined for as wide as they are. */
  readonly width: number | undefined;
  /** Whether somebody chose the columns: then the last are left out where they do not fit, and it is said which. */
  readonly isChosen: boolean;
}

export function listTable(
  { colors, terminal, progress }: Pick<Io, 'colors' | 'terminal' | 'progress'>,
  lines: readonly TableLine[],
  columns: readonly ListColumn[],
  shape: Shape,
): string {
  const cellsOf = (column: ListColumn, of: ListColumn['of']): string[] =>
    lines.map(({ row, instead }) => cellText(terminal, instead?.[column.name] ?? (row === undefined ? '' : (of(row) ?? '-'))));
  const all = columns.map((column, place): FittingColumn & Pick<ListColumn, 'name'> => {
    const { short, leavesAt: usual, ...rest } = column;
    const leavesAt = shape.isChosen ? leavesAsChosen(place) : usual;
    return {
      ...rest,
      cells: cellsOf(column, column.of),
      ...(short === undefined ? {} : { short: cellsOf(column, short) }),
      ...(leavesAt === undefined ? {} : { leavesAt }),
    };
  });
  const fitting = fitTerminal(all, { ...terminal, width: shape.width });
  const missing = all.filter(({ name }) => shape.isChosen && !fitting.some((column) => column.name === name)).map(({ name }) => name);
  if (missing.length > 0) progress(`hostdev: there is no room for ${missing.join(', ')}; --wide shows it all`);
  const painted = fitting.map(({ name, title, cells }) => [
    title,
    ...cells.map((cell, at) => (name === 'verdict' ? paint(colors, lines[at]?.row, cell) : cell)),
  ]);
  return drawColumns([title(painted), ...lines.map((_, at) => painted.map((cells) => cells[at + 1] ?? ''))]);
}

/** What is named first stays. */
function leavesAsChosen(place: number): number | undefined {
  return place === 0 ? undefined : -place;
}

function title(columns: readonly (readonly string[])[]): string[] {
  return columns.map(([first = '']) => first);
}

function paint(colors: Io['colors'], row: ListedFunction | undefined, cell: string): string {
  switch (row?.verdict) {
    case 'free':
      return row.companions.some(({ mustGo }) => mustGo) ? colors.yellow(cell) : colors.green(cell);
    case 'in use':
    case 'held':
      return colors.red(cell);
    case 'unknown':
      return colors.yellow(cell);
    case 'not assignable':
      return colors.dim(cell);
    case undefined:
      return cell;
  }
}

/** Group after group, each where its first function stands. */
export function byGroup(rows: readonly ListedFunction[]): ListedFunction[] {
  const groups = new Map<number | ListedFunction, ListedFunction[]>();
  for (const row of rows) {
    const key = row.iommuGroup ?? row;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].flat();
}

/** Lines of rows; on a terminal with a brace beside neighbours of one group. */
export function linesOf(rows: readonly ListedFunction[], { hasUnicode, width }: Io['terminal']): TableLine[] {
  const [first, inner, last] = hasUnicode ? ['┌', '│', '└'] : ['/', '|', '\\'];
  const wide = Math.max(...rows.map(({ iommuGroup }) => String(iommuGroup ?? '-').length));
  return rows.map((row, at) => {
    const { iommuGroup } = row;
    const [above, below] = [rows[at - 1], rows[at + 1]].map((other) => iommuGroup !== null && other?.iommuGroup === iommuGroup);
    if (width === undefined || iommuGroup === null || !(above || below)) return { row };
    return { row, instead: { group: `${String(iommuGroup).padEnd(wide)} ${above ? (below ? inner : last) : first}` } };
  });
}
