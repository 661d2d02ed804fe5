/** Claims that somebody wants to see. */
import { HostdevError, type Problem } from '../errors.ts';
import { everyEntry } from './every-page.ts';
import { requireHosts } from './fleet-hosts.ts';
import { claimKey, claimsPrefix } from './model/keys.ts';
import { CLAIM } from './model/record-kinds.ts';
import { readEntry, readUnless } from './model/record.ts';
import { CLAIM_STATES, type Claim, type ClaimState } from './model/records.ts';
import type { KeptClaim } from './model/view.ts';
import type { FleetStore } from './store/store.ts';

/** What is asked for: a claim has to have all of it. */
export interface ClaimFilter {
  readonly guest?: string | undefined;
  readonly host?: string | undefined;
  readonly states?: readonly ClaimState[] | undefined;
}

/** States between commas. @throws {HostdevError} `usage`. */
export function parseClaimStates(text: string | undefined): ClaimState[] | undefined {
  return text?.split(',').map((word) => {
    const state = CLAIM_STATES.find((each) => each === word.trim());
    if (state !== undefined) return state;
    throw new HostdevError('usage', `"${word.slice(0, 40)}" is no state of a claim`, { subject: word.slice(0, 40), hint: CLAIM_STATES.join(', ') });
  });
}

/**
 * In the order of their keys; and what could not be read.
 *
 * @throws {HostdevError} `fleet-host-unknown` for a host that the fleet does not have, and that nothing is claimed for.
 */
export async function listClaims(
  store: FleetStore,
  filter: ClaimFilter,
  signal?: AbortSignal,
): Promise<{ readonly claims: readonly KeptClaim[]; readonly problems: readonly Problem[] }> {
  if (filter.host !== undefined) await requireClaimant(store, filter.host, signal);
  const claims: KeptClaim[] = [];
  const problems: Problem[] = [];
  for await (const { claim } of everyClaim(store, problems, { signal })) {
    if (claim !== undefined && isWanted(claim.record, filter)) claims.push(claim);
  }
  return { claims, problems };
}

/**
 * A host whose record has gone may have claims all the same, one of which may be what cannot be read.
 *
 * @throws {HostdevError} `fleet-host-unknown` for a host that the fleet does not have, and that nothing is claimed for.
 */
export async function requireClaimant(store: FleetStore, host: string, signal?: AbortSignal): Promise<void> {
  try {
    await requireHosts(store, [host], signal);
  } catch (error) {
    const problems: Problem[] = [];
    for await (const { claim } of everyClaim(store, problems, { signal })) if (problems.length > 0 || claim?.record.host === host) return;
    throw error;
  }
}

export function isWanted({ guest, host, state }: Claim, filter: ClaimFilter): boolean {
  const has = <T>(wanted: T | undefined, is: (wanted: T) => boolean): boolean => wanted === undefined || is(wanted);
  return has(filter.guest, (name) => guest === name) && has(filter.host, (name) => host === name) && has(filter.states, (all) => all.includes(state));
}

interface ClaimsWish {
  /** The function of the claim behind which to begin. */
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Each with the function that its key says; without a claim where it cannot be read. */
export async function* everyClaim(
  store: FleetStore,
  problems: Problem[],
  { after, signal }: ClaimsWish,
): AsyncGenerator<{ readonly of: string; readonly claim: KeptClaim | undefined }> {
  for await (const entry of everyEntry(store, claimsPrefix, signal, { after: after === undefined ? undefined : claimKey(after) })) {
    yield { of: entry.key.slice(claimsPrefix.length), claim: await readUnless(problems, () => readEntry(entry, CLAIM)) };
  }
}
