/** Columns for people: aligned, no frame, no blanks at line ends. */
import Table from 'cli-table3';
import { oneLine } from './printable.ts';

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

export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ chars: NO_FRAME, style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] } });
  table.push([...header], ...rows.map((row) => row.map(oneLine)));
  return `${table.toString().replaceAll(/[ \t]+$/gm, '')}\n`;
}
