/** The claims of one run of the executor: asked for plan by plan, told together how it ended. */
import type { Change } from '../plan/change.ts';
import type { ClaimedOutcome, HeldClaims } from './claim-guard.ts';
import { endRecord, type Recorded } from './recorder.ts';
import type { Executor } from './target.ts';

/** The claims of one run. */
export interface ClaimsInHand {
  /** Asks for what these changes need; gives what they are carried out with. */
  readonly hold: (changes: readonly Change[]) => Promise<Executor>;
  /** A guest has what it has: what cannot be told now is found by whoever compares host and claims. */
  readonly end: (outcome: ClaimedOutcome) => Promise<void>;
}

export function claimsInHand(executor: Executor): ClaimsInHand {
  const held: HeldClaims[] = [];
  const { claims, recorder, options } = executor;
  return {
    hold: async (changes) => {
      if (changes.length > 0) for (const each of held) await each.handOver(changes);
      const now = changes.length === 0 ? undefined : await claims?.begin(changes, options);
      if (now === undefined) return executor;
      held.push(now);
      const begin = (change: Recorded): Promise<string> => recorder.begin({ ...change, claims: now.tokens, fleet: now.fleet });
      return { ...executor, recorder: { ...recorder, begin } };
    },
    end: async (outcome) => {
      // What was asked for last is told first: a guest may have got what another one, or itself, had before.
      for (const each of held.splice(0).reverse()) {
        for (const error of await endRecord(each.end(outcome))) {
          options.onProgress?.(`the fleet was not told how it ended: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    },
  };
}
