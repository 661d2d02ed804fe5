/** Fencing tokens that this host has seen: a claim that is older than one of them is no claim, whatever the store says. */
import { HostdevError } from '../errors.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { functionWords, type KeptClaim } from './model/view.ts';

/**
 * @throws {HostdevError} `fleet-token-old` for a store that was set back, from a copy for example: what was agreed to since then is not known to it.
 */
export async function requireNewTokens(stateDirectory: string, claims: readonly KeptClaim[]): Promise<void> {
  if (claims.length === 0) return;
  const highest = new Map<string, bigint>();
  for (const record of await openJournal(stateDirectory).read()) {
    if (record.kind !== 'begin') continue;
    for (const [key, text] of Object.entries(record.claims ?? {})) {
      const token = /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
      if (token > (highest.get(key) ?? 0n)) highest.set(key, token);
    }
  }
  for (const { record, created } of claims) {
    const seen = highest.get(record.function) ?? 0n;
    if (created >= seen) continue;
    throw new HostdevError('fleet-token-old', `the claim of ${functionWords(record.function)} has token ${created}, and this host has acted on ${seen}`, {
      subject: record.function,
      hint: "the fleet's store was set back: 'hostdev fleet check' on every host, then release the claim and make it anew",
    });
  }
}
