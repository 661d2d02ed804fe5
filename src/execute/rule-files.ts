/** Changing the files that keep functions across boots. */
import { readRuleFacts } from '../host/persist/rules.ts';
import { ruleSteps } from '../plan/persist.ts';
import { sharedFilesAreRight } from '../plan/persist/shared-files.ts';
import { ruleFile } from '../state/persist/paths.ts';
import type { ChangeKind } from './change.ts';

/**
 * State: `rule` is the text of the subject's own rule, null where there is none; `shared` is `right` when the files that all
 * rules share say what the rules on disk say. Those are made from the rules, so the journal needs none of their text.
 */
export const RULE_FILES: ChangeKind = {
  read: async (port, { subject }) => {
    const facts = await readRuleFacts(port);
    const own = facts.rules.find(({ file }) => file === ruleFile(subject));
    return { rule: own?.text ?? null, shared: sharedFilesAreRight(facts) ? 'right' : 'wrong' };
  },
  // The files that rules share are made anew whenever one of them is written.
  isAsLeft: (now, left) => now['rule'] === (left['rule'] ?? null),
  // Files are nobody's to lose.
  touches: async () => [],
  steps: async (port, { subject }, _, to) => ruleSteps(await readRuleFacts(port), subject, to),
};
