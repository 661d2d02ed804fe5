/** What may be done with a function of the host, and why: decided from facts, never from guesses. */

/** One reason, as a chain from the function to what would be lost: `nvme0n1p2 → LVM vg0-root → mounted on /`. */
export interface Evidence {
  /** What kind of use it is. */
  readonly kind: 'storage' | 'network' | 'console' | 'input' | 'open' | 'sriov' | 'mdev' | 'group' | 'guest' | 'kind' | 'dead' | 'unreadable';
  readonly chain: readonly string[];
  /** The guest that holds it, where it is one that says its name. */
  readonly guest?: string | undefined;
}

export type VerdictName = 'free' | 'in use' | 'held' | 'not assignable' | 'unknown';

export interface Verdict {
  readonly verdict: VerdictName;
  readonly evidence: readonly Evidence[];
  /** All that uses it or may use it, whatever the verdict: what cannot be given to a guest can still be lost. */
  readonly uses: readonly Evidence[];
}

/** Everything that was found out about one function, each kind by itself. */
export interface UsageFacts {
  /** Why it can never be given to a guest. */
  readonly obstacles: readonly Evidence[];
  /** Guests that hold it. */
  readonly holders: readonly Evidence[];
  /** What the host does with it. */
  readonly uses: readonly Evidence[];
  /** What could not be looked at, and how to let it be. */
  readonly unreadable: readonly Evidence[];
}

/**
 * Decides. What can never be given away comes first, then what a guest holds, then what the host uses; what could
 * not be read is never taken for free.
 */
export function decide(facts: UsageFacts): Verdict {
  const uses = [...facts.holders, ...facts.uses, ...facts.unreadable];
  if (facts.obstacles.length > 0) return { verdict: 'not assignable', evidence: facts.obstacles, uses };
  if (facts.holders.length > 0) return { verdict: 'held', evidence: facts.holders, uses };
  if (facts.uses.length > 0) return { verdict: 'in use', evidence: facts.uses, uses };
  if (facts.unreadable.length > 0) return { verdict: 'unknown', evidence: facts.unreadable, uses };
  return { verdict: 'free', evidence: [], uses };
}

/** `nvme0n1p2 → LVM vg0-root → mounted on /` */
export function formatEvidence(evidence: Evidence): string {
  return evidence.chain.join(' → ');
}
