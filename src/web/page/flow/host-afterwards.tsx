/** The rows of the host that a plan changes: as they are, and as they will be. */
import type { ReactNode } from 'react';
import type { Plan } from '../../../server/api/plan.ts';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import { usePage } from '../context.ts';
import { CardTable } from '../shell/card-table.tsx';
import { rowChanges, type RowWords } from './row-changes.ts';

export function HostAfterwards({ plan }: { readonly plan: Plan }): ReactNode {
  const rows = rowChanges(plan, usePage().state);
  if (rows.length === 0) return <p className="faint">No row of the host is another one afterwards.</p>;
  return (
    <CardTable
      caption="The host, before and after"
      columns={['Function', 'Now', 'Afterwards']}
      rows={rows.map(({ key, name, before, after }) => ({
        key,
        cells: [<span key="name">{name}</span>, <Words key="before" of={before} />, <Words key="after" of={after} />],
      }))}
    />
  );
}

function Words({ of: { mark, words } }: { readonly of: RowWords }): ReactNode {
  return (
    <>
      {mark === null ? null : <VerdictMark mark={mark} />} <span>{words}</span>
    </>
  );
}
