/** The fleet that this host is of, to be looked at: its hosts, functions of all of them, claims, and where a definition can run. */
import { type ReactNode, useCallback } from 'react';
import { usePage } from '../context.ts';
import { FLEET_PARTS, formatPlace, START } from '../place/place.ts';
import { useViewKeys } from '../shell/use-view-keys.ts';
import { ClaimsPart } from './claims-part.tsx';
import { FunctionsPart } from './functions-part.tsx';
import { HostsPart } from './hosts-part.tsx';
import { PlacementPart } from './placement-part.tsx';
import './fleet.css';

const PARTS = {
  hosts: { name: 'Hosts', View: HostsPart },
  functions: { name: 'Functions', View: FunctionsPart },
  claims: { name: 'Claims', View: ClaimsPart },
  placement: { name: 'Placement', View: PlacementPart },
} as const;

export default function FleetView(): ReactNode {
  const { place } = usePage();
  useViewKeys(useCallback(() => undefined, []));
  const chosen = FLEET_PARTS.find((part) => part === place.fleet.part) ?? 'hosts';
  const { View } = PARTS[chosen];
  return (
    <>
      <h2>Fleet</h2>
      <nav aria-label="Parts of the fleet" className="fleet-parts">
        {FLEET_PARTS.map((part) => (
          <a key={part} href={formatPlace({ ...START, view: 'fleet', fleet: { ...START.fleet, part } })} aria-current={part === chosen ? 'page' : undefined}>
            {PARTS[part].name}
          </a>
        ))}
      </nav>
      <View />
    </>
  );
}
