/** `hostdev persistent`: what is kept across boots, by us and by others, held against the host. */
import { readForeignRules } from '../host/persist/foreign-rules.ts';
import { readRules } from '../host/persist/rules.ts';
import { readRuleTarget } from '../host/persist/rule-target.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { Unread } from '../state/host-state.ts';
import { foreignDrift } from '../state/persist/foreign-drift.ts';
import { type ForeignRule, mayHaveRules } from '../state/persist/foreign-rules.ts';
import { type PersistentEntry, ruleEntry } from '../state/persist/rule-drift.ts';
import type { AppContext } from './context.ts';
import { viewHost, viewing } from './host-view.ts';

export interface PersistentList {
  readonly rules: readonly PersistentEntry[];
  /** The same done by other means: driverctl, kernel options. */
  readonly others: readonly ForeignEntry[];
  /** Where rules may be that could not be read. */
  readonly unread: readonly Unread[];
}

interface ForeignEntry extends Omit<ForeignRule, 'void'> {
  /** What is wrong with it, in words. */
  readonly drift: readonly string[];
}

export async function listPersistent(context: AppContext): Promise<PersistentList> {
  const { port } = viewing(context);
  const [rules, foreign] = [await readRules(port), await readForeignRules(port)];
  // Judging looks at the whole host; without a rule there is nothing to judge for.
  const functions = rules.length + foreign.length === 0 ? [] : (await viewHost({ port })).judgments;
  const entries: PersistentEntry[] = [];
  for (const rule of rules) {
    const judged = functions.find(({ device }) => formatPciAddress(device.address) === rule.address);
    entries.push(ruleEntry(rule, await readRuleTarget(port, rule, judged)));
  }
  const others = foreign.map((rule): ForeignEntry => {
    const { void: _, ...shown } = rule;
    return { ...shown, drift: foreignDrift(rule, functions) };
  });
  const unread = [...port.refused].filter(([path]) => mayHaveRules(path)).map(([path, reason]) => ({ path, reason }));
  return { rules: entries, others, unread };
}
