/** What a plan of rules has to know of the host. */
import type { Fingerprint } from '../fingerprint.ts';
import { addressOfRuleFile, type InitramfsTool, RULES_DIRECTORY } from './paths.ts';
import { type ParsedRule, parseRule } from './rule-text.ts';

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

/** The function a wish is about, as the host shows it now. */
export interface RuleSubject {
  readonly address: string;
  /** undefined when the function is not there. */
  readonly fingerprint: Fingerprint | undefined;
  /** Modules of host drivers that would take it. */
  readonly modules: readonly string[];
  /** Fingerprints of the other functions of the host, by address. */
  readonly others: ReadonlyMap<string, Fingerprint>;
}

/** A file, and what it says from now on. */
export interface ReplacedFile {
  readonly path: string;
  readonly text: string | null;
}

/** The facts as they are once files have been replaced; a file without text is removed. */
export function rulesAfter(facts: RuleFacts, files: readonly ReplacedFile[]): RuleFacts {
  const rules = new Map(facts.rules.map((rule) => [rule.file, rule]));
  const shared = new Map(facts.shared);
  for (const { path, text } of files) {
    const address = path.startsWith(`${RULES_DIRECTORY}/`) ? addressOfRuleFile(path) : undefined;
    if (text === null) (address === undefined ? shared : rules).delete(path);
    else if (address === undefined) shared.set(path, text);
    else rules.set(path, { file: path, address, text, parsed: parseRule(text) });
  }
  return { ...facts, rules: [...rules.values()].sort((a, b) => (a.file < b.file ? -1 : 1)), shared };
}
