/** Columns for people: aligned, no frame, no blanks at line ends. */
import Table from 'cli-table3';
import { oneLine } from './printable.ts';
import { asAscii, type Terminal } from './terminal.ts';

const NO_FRAME = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export function formatTable(terminal: Pick<Terminal, 'hasUnicode'>, header: readonly string[], rows: readonly (readonly string[])[]): string {
  return alignColumns([header, ...rows.map((row) => row.map((cell) => cellText(terminal, cell)))]);
}

/** Text of a cell. It is what the terminal has before columns are measured: some signs become longer. */
export function cellText({ hasUnicode }: Pick<Terminal, 'hasUnicode'>, text: string): string {
  return hasUnicode ? oneLine(text) : asAscii(oneLine(text));
}

/** Lines of cells, which may have colours. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const table = new Table({ chars: NO_FRAME, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  table.push(...rows.map((row) => [...row]));
  return `${table.toString().replaceAll(/[ \t]+$/gm, '')}\n`;
}
