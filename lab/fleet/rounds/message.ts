/** What the process that runs a round and those of its actors tell each other. */
import type { CertificateFiles } from '../../../src/fleet/etcd/certificate.ts';
import type { PlantedInRounds } from '../actors/planted.ts';
import type { MachinePlace } from '../machine/place.ts';

/** Where a round's store is. */
export type Place =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'etcd'; readonly endpoints: readonly string[]; readonly certificates: CertificateFiles };

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
      readonly planted: PlantedInRounds | undefined;
      /** Of hosts as the product makes them; none where a bug is planted that the laboratory's own have. */
      readonly machines: readonly MachinePlace[];
    }
  /** Nothing new is begun; what is on its way comes to its end. */
  | { readonly kind: 'over' };

export type Answer = { readonly kind: 'ended' } | { readonly kind: 'failed'; readonly why: string };
