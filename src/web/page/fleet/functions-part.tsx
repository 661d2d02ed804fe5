import type { ReactNode } from 'react';
import { claimerWords } from '../../../fleet/model/told.ts';
import { CLASS_WORDS, classWord } from '../../../state/class-words.ts';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import type { FleetFunction } from '../connection/api.ts';
import { usePage } from '../context.ts';
import { CardTable } from '../shell/card-table.tsx';
import { EvidenceList } from '../shell/refusal-box.tsx';
import { FilterForm } from './filter-form.tsx';
import { PartsList } from './parts-list.tsx';
import { queryOf } from './query.ts';
import { useParts } from './use-parts.ts';

const COLUMNS = ['Host', 'Address', 'Group', 'Class', 'Id', 'NUMA', 'Verdict', 'Claim', 'Key'];

const FIELDS = [
  { name: 'on', label: 'Hosts', example: 'kvm1,kvm2' },
  { name: 'vendor', label: 'Vendor', example: '10de' },
  { name: 'device', label: 'Device', example: '2236' },
  { name: 'numa', label: 'NUMA node', example: '0' },
] as const;
const CHOICES = [{ name: 'class', label: 'Class', all: 'every class', options: CLASS_WORDS.map(({ word }) => word) }] as const;
const FLAGS = [{ name: 'free', label: 'free, and claimed by nobody' }] as const;

export function FunctionsPart(): ReactNode {
  const { api, place } = usePage();
  const { class: word, vendor, device, numa, free, on } = place.fleet;
  const query = { class: word, vendor, device, numa, free, host: on };
  const parts = useParts(JSON.stringify(query), (after) => api.fleet.functions(queryOf(query, after)));
  return (
    <>
      <FilterForm fields={FIELDS} choices={CHOICES} flags={FLAGS} />
      <PartsList parts={parts} counted={['function', 'functions']} nothing="No function of the fleet is so.">
        {(items) => (
          <CardTable
            caption="Functions of the fleet"
            columns={COLUMNS}
            rows={items.map((item) => ({ key: `${item.host} ${item.key}`, cells: cellsOf(item) }))}
          />
        )}
      </PartsList>
    </>
  );
}

function cellsOf(item: FleetFunction): readonly ReactNode[] {
  const { host, hostAddress, iommuGroup, class: code, vendor, device, numaNode, verdict, evidence, heldBy, claim, key } = item;
  return [
    host,
    <span key="address" className="mono">
      {hostAddress}
    </span>,
    iommuGroup ?? '-',
    classWord(Number(code)),
    <span key="id" className="mono">{`${vendor.slice(2)}:${device.slice(2)}`}</span>,
    numaNode ?? '-',
    <span key="verdict">
      <VerdictMark mark={verdict} />
      {heldBy.length === 0 ? null : <span className="faint"> {heldBy.join(', ')}</span>}
      <EvidenceList evidence={evidence} />
    </span>,
    claim === null ? '-' : claimerWords(claim),
    <span key="key" className="mono faint">
      {key}
    </span>,
  ];
}
