/** What may be done with a function of the host, and why: decided from facts, never from guesses. */

/** One reason, as a chain from the function to what would be lost: `nvme0n1p2 → LVM vg0-root → mounted on /`. */
export interface Evidence {
  /** What kind of use it is. */
  readonly kind:
    | 'storage'
    | 'network'
    | 'console'
    | 'input'
    | 'open'
    | 'sriov'
    | 'mdev'
    | 'group'
    | 'guest'
    | 'bridge'
    | 'no group'
    | 'VMD'
    | 'dead'
    | 'unreadable';
  readonly chain: readonly string[];
  /** The guest that holds it, where it is one that says its name. */
  readonly guest?: string | undefined;
  /** That only libvirt's own notes say so, which may be older than the truth. */
  readonly isNote?: true;
  /** Program that has it open. */
  readonly openBy?: string;
}

/** Every verdict; the lists of words in schemas and readers are this one. */
export const VERDICTS = ['free', 'in use', 'held', 'not assignable', 'unknown'] as const;
export type VerdictName = (typeof VERDICTS)[number];

export interface Verdict {
  readonly verdict: VerdictName;
  readonly evidence: readonly Evidence[];
  /** Guests and programs that hold it through VFIO, whatever the verdict. */
  readonly holders: readonly Evidence[];
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
 * Decides. What a guest holds comes first, because it is never taken from it; then what can never be given away, then what the host uses; what
 * could not be read is never taken for free.
 */
export function decide({ obstacles, holders, uses: ofHost, unreadable }: UsageFacts): Verdict {
  const all = { holders, uses: [...holders, ...ofHost, ...unreadable] };
  if (holders.length > 0) return { verdict: 'held', evidence: [...holders, ...obstacles], ...all };
  if (obstacles.length > 0) return { verdict: 'not assignable', evidence: obstacles, ...all };
  if (ofHost.length > 0) return { verdict: 'in use', evidence: ofHost, ...all };
  if (unreadable.length > 0) return { verdict: 'unknown', evidence: unreadable, ...all };
  return { verdict: 'free', evidence: [], ...all };
}

/**
 * `nvme0n1p2 → LVM vg0-root → mounted on /`
 *
 * @example
 * ```ts
 * import { formatEvidence } from 'hostdev';
 * console.log(formatEvidence({ kind: 'storage', chain: ['nvme0n1p2', 'LVM vg0-root', 'mounted on /'] })); // → nvme0n1p2 → LVM vg0-root → mounted on /
 * ```
 */
export function formatEvidence(evidence: Evidence): string {
  return evidence.chain.join(' → ');
}
