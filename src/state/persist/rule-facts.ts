/** What a plan of rules has to know of the host. */
import type { InitramfsTool } from './paths.ts';
import type { ParsedRule } from './rule-text.ts';

/** One file of ours among udev's rules. */
export interface RuleOnDisk {
  readonly file: string;
  /** Address it is for, by its name. */
  readonly address: string;
  readonly text: string;
  readonly parsed: ParsedRule;
}

export interface RuleFacts {
  readonly rules: readonly RuleOnDisk[];
  /** Tools that build initial RAM disks here. */
  readonly tools: readonly InitramfsTool[];
  /** Modules, with underscores, that somebody else has an `install` line for; of several only the first counts, and theirs is to stay it. */
  readonly foreignInstalls: ReadonlySet<string>;
  /** Texts of the files that all rules share, by path; those that are not there are left out. */
  readonly shared: ReadonlyMap<string, string>;
  /** Without a running udev (a container, an installer) there is nobody to tell; the next boot reads the files anyway. */
  readonly hasUdev: boolean;
}
