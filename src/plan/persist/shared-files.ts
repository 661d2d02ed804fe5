/** The files that all rules share: what they have to say for these rules, and what makes them say it. */
import { FUNCTIONS_FILE, MODPROBE_FILE, TAKE_SCRIPT_FILE } from '../../state/persist/paths.ts';
import type { PersistentRule } from '../../state/persist/persistent-rule.ts';
import type { RuleFacts } from '../../state/persist/rule-facts.ts';
import type { Step } from '../step.ts';
import { initramfsHooks } from './initramfs.ts';
import { formatFunctions, formatModprobe, TAKE_SCRIPT } from './take-script.ts';

interface SharedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  readonly purpose: string;
}

/**
 * What makes the shared files right for these rules, which are not always those on disk. Files that cannot be read keep the
 * shared ones where they are. What a newer hostdev wrote for rules of its own is not known here, and left alone.
 */
export function sharedFileSteps(facts: RuleFacts, others: RuleFacts['rules'], rules: readonly PersistentRule[]): Step[] {
  if (others.some(({ parsed }) => parsed.kind === 'newer')) return [];
  const isNeeded = rules.length > 0 || others.some(({ parsed }) => parsed.kind !== 'rule');
  return sharedFiles(facts, rules).flatMap(({ path, text, mode, purpose }): Step[] => {
    const wanted = isNeeded ? text : null;
    if ((facts.shared.get(path) ?? null) === wanted) return [];
    return [{ kind: 'file', path, text: wanted, mode, why: wanted === null ? 'no rule is left that needs it' : purpose }];
  });
}

/** Whether the shared files say what the rules on disk say. */
export function sharedFilesAreRight(facts: RuleFacts): boolean {
  const rules = facts.rules.flatMap(({ parsed }) => (parsed.kind === 'rule' ? parsed.rule : []));
  return sharedFileSteps(facts, facts.rules, rules).length === 0;
}

function sharedFiles({ tools, foreignInstalls }: RuleFacts, rules: readonly PersistentRule[]): SharedFile[] {
  const isTaken = (module: string): boolean => foreignInstalls.has(module.replaceAll('-', '_'));
  return [
    { path: FUNCTIONS_FILE, text: formatFunctions(rules), mode: 0o644, purpose: 'which functions it is for' },
    { path: TAKE_SCRIPT_FILE, text: TAKE_SCRIPT, mode: 0o755, purpose: 'what udev and modprobe run' },
    { path: MODPROBE_FILE, text: formatModprobe(rules, isTaken), mode: 0o644, purpose: 'host drivers wait until it has run' },
    ...initramfsHooks(tools).map(({ file, mode, text }) => ({ path: file, text, mode, purpose: 'the rule comes into the initial RAM disk' })),
  ];
}
