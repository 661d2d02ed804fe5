/** Columns for people: aligned, no frame, no blanks at line ends. */
import { drawColumns } from './columns.ts';
import { oneLine } from '../printable.ts';
import { asAscii, type Terminal } from './terminal.ts';

export function formatTable(terminal: Pick<Terminal, 'hasUnicode'>, header: readonly string[], rows: readonly (readonly string[])[]): string {
  return drawColumns([header, ...rows.map((row) => row.map((cell) => cellText(terminal, cell)))]);
}

/** Text of a cell. It is what the terminal has before columns are measured: some signs become longer. */
export function cellText({ hasUnicode }: Pick<Terminal, 'hasUnicode'>, text: string): string {
  return hasUnicode ? oneLine(text) : asAscii(oneLine(text));
}
