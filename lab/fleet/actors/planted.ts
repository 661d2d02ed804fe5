/** Bugs that the checker has to find, each in one place of an actor: the rule that it breaks at the least. */
export const PLANTED = {
  'lease as ownership': 'gone unreleased',
  'no token': 'attached without claim',
  'group not whole': 'group not whole',
  'retry with a new request': 'unclear left',
  'free on silence': 'freed on silence',
} as const;

export type Planted = keyof typeof PLANTED;

/** Those that show with what rounds of processes do; the others need leases of claims, which the directory refuses, or somebody who takes silence for an end. */
export const PLANTED_IN_PROCESSES = ['no token', 'group not whole', 'retry with a new request'] as const satisfies readonly Planted[];
