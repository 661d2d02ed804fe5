/** Telling a fleet how a change of a guest ended: each claim that is still the one that was held goes where its change went. */
import { commitClaims } from './commit-claims.ts';
import { claimEnds, type Ended, type HeldClaim } from './model/claims-of-change.ts';
import { claimKey } from './model/keys.ts';
import { readEntry } from './model/record.ts';
import { CLAIM } from './model/record-kinds.ts';
import { transition } from './model/transition.ts';
import type { FleetStore } from './store/store.ts';

interface EndedOnHost extends Ended {
  readonly host: string;
}

const LEFT = 'the host could neither do nor undo it';

export async function endClaims(store: FleetStore, held: readonly HeldClaim[], { host, ...ended }: EndedOnHost): Promise<void> {
  const ends = claimEnds(held, ended);
  if (ends.length === 0) return;
  const { entries } = await store.get(ends.map(({ key }) => claimKey(key)));
  const found = new Map(entries.map((entry) => [entry.key, readEntry(entry, CLAIM)]));
  for (const { key, token, to } of ends) {
    const claim = found.get(claimKey(key));
    // Another claim, or none: it was written over. What the guest has is told by the agent.
    if (claim === undefined || claim.created !== token || claim.record.state === to) continue;
    await commitClaims(store, transition([claim], { to, hand: 'host', host, ...(to === 'stuck' ? { why: LEFT } : {}) }));
  }
}
