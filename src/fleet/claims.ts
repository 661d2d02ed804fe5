/** Claims that somebody wants to see. */
import type { Problem } from '../errors.ts';
import { requireHosts } from './fleet-hosts.ts';
import type { ClaimState } from './model/records.ts';
import type { KeptClaim } from './model/view.ts';
import { readClaims } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

/** What is asked for: a claim has to have all of it. */
export interface ClaimFilter {
  readonly guest?: string | undefined;
  readonly host?: string | undefined;
  readonly states?: readonly ClaimState[] | undefined;
}

/**
 * In the order of their keys; and what could not be read.
 *
 * @throws {HostdevError} `fleet-host-unknown` for a host that the fleet does not have, and that nothing is claimed for.
 */
export async function listClaims(
  store: FleetStore,
  { guest, host, states }: ClaimFilter,
  signal?: AbortSignal,
): Promise<{ readonly claims: readonly KeptClaim[]; readonly problems: readonly Problem[] }> {
  const { kept, problems } = await readClaims(store, signal);
  const has = <T>(wanted: T | undefined, is: (wanted: T) => boolean): boolean => wanted === undefined || is(wanted);
  const claims = kept.filter(
    ({ record }) =>
      has(guest, (name) => record.guest === name) && has(host, (name) => record.host === name) && has(states, (all) => all.includes(record.state)),
  );
  // A host whose record is gone may have claims all the same.
  if (host !== undefined && problems.length === 0 && !kept.some(({ record }) => record.host === host)) await requireHosts(store, [host], signal);
  return { claims, problems };
}
