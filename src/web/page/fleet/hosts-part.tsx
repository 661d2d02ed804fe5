import type { ReactNode } from 'react';
import { classCountWords, hostCountWords, signOfLife } from '../../../fleet/model/told.ts';
import type { FleetHost } from '../connection/api.ts';
import { usePage } from '../context.ts';
import { formatPlace, START } from '../place/place.ts';
import { CardTable } from '../shell/card-table.tsx';
import { FilterForm } from './filter-form.tsx';
import { PartsList } from './parts-list.tsx';
import { queryOf } from './query.ts';
import { useParts } from './use-parts.ts';

const COLUMNS = ['Host', 'Agent', 'Functions', 'libvirt', 'Note'];

export function HostsPart(): ReactNode {
  const { api, place } = usePage();
  const query = { host: place.fleet.on };
  const parts = useParts(JSON.stringify(query), (after) => api.fleet.hosts(queryOf(query, after)));
  const here = parts.last?.host;
  return (
    <>
      <FilterForm fields={[{ name: 'on', label: 'Hosts', example: 'kvm1,kvm2' }]} choices={[]} flags={[]} />
      <PartsList
        parts={parts}
        counted={['host', 'hosts']}
        nothing={place.fleet.on === '' ? 'No host has joined this fleet yet.' : 'The fleet has no host of that name.'}
      >
        {(items) => (
          <CardTable
            caption="Hosts of the fleet"
            columns={COLUMNS}
            rows={items.map((item) => ({ key: item.host, cells: cellsOf(item, item.host === here) }))}
          />
        )}
      </PartsList>
    </>
  );
}

function cellsOf(item: FleetHost, isHere: boolean): readonly ReactNode[] {
  const { host, alive, classes, libvirt, problems } = item;
  return [
    <span key="host">
      <a href={formatPlace({ ...START, view: 'fleet', fleet: { ...START.fleet, part: 'functions', on: host } })}>{host}</a>
      {isHere ? <span className="faint"> this host</span> : null}
    </span>,
    alive ? signOfLife(alive) : <strong>{signOfLife(alive)}</strong>,
    <ul key="functions" className="fleet-counts">
      {[hostCountWords(item), ...classes.map(classCountWords)].map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>,
    libvirt ?? '-',
    problems.length === 0 ? null : (
      <ul key="problems" className="chains">
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
    ),
  ];
}
