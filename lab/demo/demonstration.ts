/** What every demonstration gets: it ends what it has started, also when it fails. */
import type { Stages } from '../stages.ts';

export interface Demonstration {
  /** Logs, sockets and shared directories go below it; it stays when something has failed. */
  readonly directory: string;
  readonly stages: Stages;
  /** Ctrl-C is its own from then on. */
  readonly ignoreSignals: () => void;
}
