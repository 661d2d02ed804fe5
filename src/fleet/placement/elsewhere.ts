/** What stands for a function of one host on another one: the mapping that it was claimed by, or the only one that it is of. */
import type { WholeFleet } from '../model/fleet-check.ts';
import { matches } from '../model/mapping-match.ts';
import type { WantedBy } from './wanted.ts';

/** By addresses of that host. */
export function functionsElsewhere(fleet: Omit<WholeFleet, 'requests' | 'reservations'>, host: string): (address: string) => WantedBy {
  const record = fleet.hosts.find((each) => each.record.host === host)?.record;
  return (address) => {
    const published = record?.functions.find((each) => each.address === address);
    const claim = fleet.claims.find((kept) => kept.record.host === host && kept.record.function === published?.key)?.record;
    const known = fleet.mappings.map(({ record: mapping }) => mapping);
    const claimedBy = known.find(({ name }) => name === claim?.mapping);
    const all =
      claimedBy === undefined ? known.filter(({ match }) => published !== undefined && match.some((each) => matches(each, host, published))) : [claimedBy];
    const [first, ...others] = all;
    if (first !== undefined && others.length === 0) return { kind: 'mapping', name: first.name };
    if (first === undefined) {
      return {
        kind: 'nothing',
        why: `no mapping of the fleet says what stands for ${address} of ${host} on another host`,
        hint: "'hostdev fleet mapping set NAME --match …' says which functions are as good as it",
      };
    }
    return {
      kind: 'nothing',
      why: `${address} of ${host} is of several mappings, and was claimed by none: ${all.map(({ name }) => name).join(', ')}`,
      hint: "'hostdev attach GUEST mapping:NAME' claims by the one that is meant",
    };
  };
}

/** The name of the mapping that stands for a function. */
export function mappingOf(by: WantedBy): string | undefined {
  return by.kind === 'mapping' ? by.name : undefined;
}
