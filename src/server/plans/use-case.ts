/** What carrying a wish out is given and gives: the same for a plan, which is a dry run, and for an operation. */
import type { ObservedOptions } from '../../app/observed.ts';
import type { Problem } from '../../errors.ts';
import type { Wish } from '../api/wishes.ts';
import type { ServedHost } from '../host.ts';

/** How a wish is carried out. */
export interface Running extends ObservedOptions {
  readonly dryRun: boolean;
  readonly onLoss: (loss: Problem) => void;
  readonly onProgress: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What came of it, or would. */
export interface Outcome {
  /** As `--json` of the command has them. */
  readonly items: readonly object[];
  readonly todo?: readonly string[];
  /** What there is to know before one agrees. */
  readonly notes?: readonly Problem[];
  readonly definition?: { readonly before: string; readonly after: string } | undefined;
}

export type UseCase<W extends Wish> = (host: ServedHost, wish: W, running: Running) => Promise<Outcome>;
