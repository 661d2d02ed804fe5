/** Fencing tokens that this host has acted on: a claim that is older is no claim, whatever the store says. */
import { HostdevError } from '../errors.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { functionWords, type KeptClaim } from './model/view.ts';

interface ClaimsInStore {
  /** Id of the fleet; undefined where it has none. */
  readonly fleet: string | undefined;
  readonly claims: readonly KeptClaim[];
  /** Keys of functions that a guest is to get, and of the rest of their groups. */
  readonly wanted: ReadonlySet<string>;
}

/**
 * The claims that this host may act on. One that is older is refused for a function that a guest is to get; what a guest gives back it gives back all
 * the same, and the old claim is left alone.
 *
 * @throws {HostdevError} `fleet-token-old` for a store that was set back, from a copy for example: what was agreed to since then is not known to it.
 */
export async function newClaims(stateDirectory: string, { fleet, claims, wanted }: ClaimsInStore): Promise<readonly KeptClaim[]> {
  if (claims.length === 0) return claims;
  const last = await lastTokens(stateDirectory, fleet);
  return claims.filter(({ record, created }) => {
    const seen = last.get(record.function) ?? 0n;
    if (created >= seen) return true;
    if (!wanted.has(record.function)) return false;
    throw new HostdevError('fleet-token-old', `the claim of ${functionWords(record.function)} has token ${created}, and this host has acted on ${seen}`, {
      subject: record.function,
      hint: "the fleet's store was set back: 'hostdev fleet check' on every host, then release the claim; attach makes it anew",
    });
  });
}

/** The last of each function, not the highest: what this host itself has claimed in a store that was set back is good. Another fleet counts anew. */
async function lastTokens(stateDirectory: string, fleet: string | undefined): Promise<ReadonlyMap<string, bigint>> {
  const last = new Map<string, bigint>();
  for (const record of await openJournal(stateDirectory).read()) {
    if (record.kind !== 'begin' || (record.fleet !== undefined && fleet !== undefined && record.fleet !== fleet)) continue;
    for (const [key, text] of Object.entries(record.claims ?? {})) last.set(key, /^\d{1,20}$/.test(text) ? BigInt(text) : 0n);
  }
  return last;
}
