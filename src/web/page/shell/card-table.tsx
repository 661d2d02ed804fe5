/** A table that becomes cards where the page is narrow. Roles are said besides: what is no table to CSS would be none to a screen reader. */
import type { ReactNode } from 'react';

export interface CardRow {
  readonly key: string;
  readonly cells: readonly ReactNode[];
  readonly isMarked?: boolean;
}

interface CardTableProps {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly CardRow[];
}

export function CardTable({ caption, columns, rows }: CardTableProps): ReactNode {
  return (
    <table role="table" className="card-table">
      <caption className="visually-hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column} role="columnheader" scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map(({ key, cells, isMarked }) => (
          <tr key={key} role="row" data-marked={isMarked === true ? '' : undefined}>
            {cells.map((cell, at) =>
              at === 0 ? (
                <th key={columns[at]} role="rowheader" scope="row">
                  {cell}
                </th>
              ) : (
                <td key={columns[at]} role="cell" data-label={columns[at]}>
                  {cell}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
