/** Mappings in the shapes of the JSON contract. */
import type { FLEET_MAPPING, FLEET_MAPPING_SET } from '../../json/contract/fleet-claims.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { SetMapping, ShownMapping } from '../mappings.ts';
import { formatMatch } from '../model/mapping-match.ts';

export function fleetMapping({ mapping, functions }: ShownMapping): Of<typeof FLEET_MAPPING> {
  const { name, match, wholeGroup, migratable = false, description } = mapping;
  const shown = functions.map(({ candidate, problem }) => ({
    ...{ function: candidate.asked.key, host: candidate.host.record.host },
    ...{ free: problem === undefined, why: problem?.message ?? null },
  }));
  return { name, match: match.map(formatMatch), wholeGroup, migratable, description, functions: shown };
}

export function mappingSet(set: SetMapping): Of<typeof FLEET_MAPPING_SET> {
  return { changed: set.changed, ...fleetMapping(set) };
}
