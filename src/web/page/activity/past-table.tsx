/** Changes that were made, latest first. */
import type { ReactNode } from 'react';
import type { Past } from '../connection/api.ts';
import { CardTable } from '../shell/card-table.tsx';

export function PastTable({ items, caption }: { readonly items: readonly Past[]; readonly caption: string }): ReactNode {
  return (
    <CardTable
      caption={caption}
      columns={['When', 'What', 'Before → after', 'Outcome', 'By']}
      rows={items.toReversed().map((item, at) => ({
        key: `${item.time} ${item.verb} ${item.subject} ${at}`,
        cells: [
          <time key="when" dateTime={item.time}>
            {new Date(item.time).toLocaleString('sv-SE')}
          </time>,
          <span key="what">
            {item.verb} <span className="mono">{item.subject}</span>
          </span>,
          `${item.beforeWords} → ${item.afterWords ?? 'not known'}`,
          <span key="outcome">
            {item.outcome}
            {item.reason === null ? null : <span className="faint">: {item.reason}</span>}
          </span>,
          item.by,
        ],
      }))}
    />
  );
}
