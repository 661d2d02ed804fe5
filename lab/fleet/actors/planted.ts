/** Bugs that the checker has to find, each in one place of an actor: the rule that it breaks at the least. */
export const PLANTED = {
  'lease as ownership': 'gone unreleased',
  'no token': 'attached without claim',
  'group not whole': 'group not whole',
  'retry with a new request': 'unclear left',
  'free on silence': 'freed on silence',
} as const;

export type Planted = keyof typeof PLANTED;

/**
 * Those of rounds of processes. The others need leases of claims, which the directory refuses, or somebody who takes silence for an end. `no guard` is one of
 * the product's own hosts: guests are changed without asking the fleet.
 */
export const PLANTED_IN_ROUNDS = {
  'no token': PLANTED['no token'],
  'group not whole': PLANTED['group not whole'],
  'retry with a new request': PLANTED['retry with a new request'],
  'no guard': 'attached without claim',
} as const;

export type PlantedInRounds = keyof typeof PLANTED_IN_ROUNDS;

/** Whether the laboratory's own claimers and hosts have it. */
export const isOfOwn = (planted: PlantedInRounds | undefined): planted is Planted & PlantedInRounds => planted !== undefined && planted in PLANTED;
