/** Claims in the shapes of the JSON contract. */
import type { FLEET_CHECKED, FLEET_CLAIM, FLEET_CLAIM_MADE, FLEET_FORGOTTEN, FLEET_RELEASED } from '../../json/contract/fleet-claims.ts';
import type { Of } from '../../json/contract/shape.ts';
import type { Claimed } from '../claim.ts';
import type { Forgotten } from '../forget.ts';
import { type Candidate, functionsOf } from '../model/candidate.ts';
import type { WholeFleet } from '../model/fleet-check.ts';
import type { ReservedIds } from '../model/records.ts';
import { idWords } from '../model/reservation-check.ts';
import type { KeptClaim } from '../model/view.ts';
import type { Released } from '../release.ts';

export function fleetClaim({ record, created }: KeptClaim): Of<typeof FLEET_CLAIM> {
  const { function: key, host, guest, state, mapping, together, fingerprint, request, by, at, until, why } = record;
  return { function: key, host, guest, state, mapping, together, fingerprint, request, token: String(created), by, at, ...idsItem(record.zpci), until, why };
}

function idsItem(ids: ReservedIds | undefined): { readonly uid: string | null; readonly fid: string | null } {
  return { uid: ids?.uid ?? null, fid: ids?.fid ?? null };
}

export function claimsMade({ claims }: Claimed): Of<typeof FLEET_CLAIM_MADE>[] {
  return claims.map(({ record, created }) => {
    const { function: key, host, guest, mapping, together, request, until } = record;
    return { changed: true, function: key, host, guest, mapping, together, request, token: String(created), until, ...idsItem(record.zpci) };
  });
}

/** What was asked for beside the functions that would be claimed. */
export interface PlannedFor {
  readonly guest: string;
  readonly mapping: string | null;
  readonly until: string | null;
  /** What would be kept, by function. */
  readonly ids: ReadonlyMap<string, ReservedIds>;
}

export function claimsPlanned(chosen: readonly Candidate[], { guest, mapping, until, ids }: PlannedFor): Of<typeof FLEET_CLAIM_MADE>[] {
  return chosen.flatMap((candidate) => {
    const all = functionsOf(candidate).map(({ key }) => key);
    const { host } = candidate.host.record;
    return all.map((key) => ({
      changed: true,
      function: key,
      host,
      guest,
      mapping,
      together: all.filter((other) => other !== key),
      request: null,
      token: null,
      until,
      ...idsItem(ids.get(key)),
    }));
  });
}

export function released({ claims, request, id }: Released): Of<typeof FLEET_RELEASED>[] {
  const given = request === null && id === null ? [] : [{ changed: true, claim: null, request, id: id === null ? null : idWords(id) }];
  return [...claims.map((claim) => ({ changed: true, claim: fleetClaim(claim), request: null, id: null })), ...given];
}

export function forgotten(host: string, { claims }: Forgotten): Of<typeof FLEET_FORGOTTEN> {
  return { changed: true, host, claims: claims.map(fleetClaim) };
}

export function fleetChecked({ hosts, claims, mappings, requests }: WholeFleet, findings: number): Of<typeof FLEET_CHECKED> {
  return { hosts: hosts.length, claims: claims.length, mappings: mappings.length, requests: requests.length, findings };
}
