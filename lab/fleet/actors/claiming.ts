/** How a claimer comes to what it wants: by the use cases of the commands, or by transactions of the laboratory's own, which bugs can be planted in. */
import type { Surroundings } from './surroundings.ts';
import type { Held } from './transact.ts';

/** What is asked for: all functions of a group, on a host. */
export interface Chosen {
  readonly request: string;
  readonly functions: readonly string[];
  readonly host: string;
}

export interface Claiming {
  /** Whether it is had; what came of it is written down. */
  readonly claim: (by: Surroundings, chosen: Chosen) => Promise<boolean>;
  /** Of a request that somebody who was killed may have left: whether there are claims of it. */
  readonly giveUp: (by: Surroundings, request: string) => Promise<boolean>;
  /** Gives back claims that no host has begun with: whether they are gone. */
  readonly free: (by: Surroundings, held: readonly Held[]) => Promise<boolean>;
}
