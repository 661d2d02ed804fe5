/** Cells in columns: two blanks between them, none at line ends. A cell is as wide as a terminal shows it. */
import stringWidth from 'string-width';

/** What stands between two columns. */
export const GAP = 2;

/** Lines of cells; each ends its line. Cells are single lines, and may have colours. */
export function drawColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  const measured = rows.map((row) =>
    row.map((text, column) => {
      const width = widthOf(text);
      widths[column] = Math.max(widths[column] ?? 0, width);
      return { text, width };
    }),
  );
  const pad = ({ text, width }: { readonly text: string; readonly width: number }, column: number): string =>
    text + ' '.repeat((widths[column] ?? 0) - width + GAP);
  return measured
    .map(
      (row) =>
        `${row
          .map(pad)
          .join('')
          .replace(/[ \t]+$/, '')}\n`,
    )
    .join('');
}

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  return isPlain(text) ? text.length : stringWidth(text);
}

/** Printable ASCII, as most cells are: each of its signs takes one column, and nothing has to be looked up. */
export function isPlain(text: string): boolean {
  return /^[ -~]*$/.test(text);
}
