/** What is kept across boots, as data. */
import type { Fingerprint } from '../fingerprint.ts';

/** What is kept across boots for the function at one address. */
export interface PersistentRule {
  /** Address in lspci's notation: where the function was, and what the rule is called by. */
  readonly address: string;
  /** Which card it is for. Its `place` has to fit as well, unless places say nothing on that machine. */
  readonly fingerprint: Fingerprint;
  /** Modules of host drivers that would take it: they are held back until the override is set. */
  readonly modules: readonly string[];
  /** Driver that takes it; null when only virtual functions are kept. */
  readonly driver: string | null;
  /** Virtual functions that are created; null when none. */
  readonly vfs: PersistentVfs | null;
}

export interface PersistentVfs {
  readonly count: number;
  /** Whether host drivers may take them as they appear. */
  readonly hostDrivers: boolean;
  /** Settings by index of the VF, as ip(8) takes them: `mac 52:54:00:00:00:01`. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}
