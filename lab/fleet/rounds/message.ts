/** What the process that runs a round and those of its actors tell each other. */
import type { Planted } from '../actors/planted.ts';

/** Where a round's store is: a directory. */
export interface Place {
  readonly kind: 'directory';
  readonly path: string;
}

/** The actors of one process. */
export type Part = { readonly kind: 'claimers'; readonly names: readonly string[]; readonly turns: number } | { readonly kind: 'host'; readonly host: string };

export type Told =
  | {
      readonly kind: 'begin';
      readonly part: Part;
      readonly place: Place;
      /** Histories, journals and kernels are here. */
      readonly directory: string;
      readonly seed: number;
      readonly planted: Planted | undefined;
    }
  /** Nothing new is begun; what is on its way comes to its end. */
  | { readonly kind: 'over' };

export type Answer = { readonly kind: 'ended' } | { readonly kind: 'failed'; readonly why: string };
