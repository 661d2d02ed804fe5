import type { ReactNode } from 'react';
import { CLAIM_STATES } from '../../../fleet/model/records.ts';
import { claimNote } from '../../../fleet/model/told.ts';
import { functionWords } from '../../../fleet/model/view.ts';
import type { FleetClaim } from '../connection/api.ts';
import { usePage } from '../context.ts';
import { CardTable } from '../shell/card-table.tsx';
import { FilterForm } from './filter-form.tsx';
import { PartsList } from './parts-list.tsx';
import { queryOf } from './query.ts';
import { useParts } from './use-parts.ts';

const COLUMNS = ['Function', 'Guest', 'Host', 'State', 'Mapping', 'By', 'Since', 'Note'];

const FIELDS = [
  { name: 'for', label: 'Guest', example: 'web' },
  { name: 'on', label: 'Host', example: 'kvm1' },
] as const;
const CHOICES = [{ name: 'state', label: 'State', all: 'every state', options: CLAIM_STATES }] as const;

export function ClaimsPart(): ReactNode {
  const { api, place } = usePage();
  const { for: guest, on, state } = place.fleet;
  const query = { guest, host: on, state };
  const parts = useParts(JSON.stringify(query), (after) => api.fleet.claims(queryOf(query, after)));
  return (
    <>
      <FilterForm fields={FIELDS} choices={CHOICES} flags={[]} />
      <PartsList parts={parts} counted={['claim', 'claims']} nothing={guest + on + state === '' ? 'nothing is claimed' : 'No claim is so.'}>
        {(items) => <CardTable caption="Claims of the fleet" columns={COLUMNS} rows={items.map((item) => ({ key: item.function, cells: cellsOf(item) }))} />}
      </PartsList>
    </>
  );
}

function cellsOf(claim: FleetClaim): readonly ReactNode[] {
  const { function: key, guest, host, state, mapping, by, at } = claim;
  return [
    functionWords(key),
    guest,
    host,
    state === 'lost' || state === 'stuck' ? <strong>{state}</strong> : state,
    mapping ?? '-',
    by,
    <time key="since" dateTime={at}>
      {new Date(at).toLocaleString('sv-SE')}
    </time>,
    claimNote(claim),
  ];
}
