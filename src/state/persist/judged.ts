/** What speaks against giving a function to guests, as the drift of rules tells it. */
import type { Judgment } from '../judge.ts';
import { formatEvidence } from '../verdict.ts';

/** A function with what the host does with it. */
export type JudgedFunction = Pick<Judgment, 'device' | 'verdict' | 'evidence'>;

const WORDS = {
  'in use': 'this host uses',
  unknown: 'this host may use',
  'not assignable': 'cannot be given to guests',
} as const;

/** `this host uses: nvme0n1p2 → mounted on /`; undefined when nothing speaks against giving it to guests. */
export function whyNotToTake({ verdict, evidence }: JudgedFunction): string | undefined {
  return verdict === 'free' || verdict === 'held' ? undefined : `${WORDS[verdict]}: ${evidence.map(formatEvidence).join('; ')}`;
}
