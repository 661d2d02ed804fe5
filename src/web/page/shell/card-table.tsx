/** A table that becomes cards where the page is narrow. Roles are said besides: what is no table to CSS would be none to a screen reader. */
import { type ReactNode, useState } from 'react';
import { heldRows } from './held-rows.ts';

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
  // The order stays while the focus is in the table, and is made anew when it leaves.
  const [held, setHeld] = useState<readonly CardRow[] | null>(null);
  return (
    <table
      role="table"
      className="card-table"
      onFocus={() => setHeld((before) => before ?? rows)}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setHeld(null);
      }}
    >
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
        {heldRows(held ?? rows, rows).map(({ key, cells, isMarked, isGone }) => (
          <tr key={key} role="row" data-marked={isMarked === true ? '' : undefined} data-gone={isGone ? '' : undefined}>
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
