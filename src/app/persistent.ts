/** The rules that keep functions across boots: planned with what the host shows. */
import { readRuleSubject } from '../host/persist/rule-subject.ts';
import { readRuleFacts } from '../host/persist/rules.ts';
import type { HostReader } from '../host/port.ts';
import type { PciAddress } from '../pci/address.ts';
import { planRules, type RuleChange, type RuleWish } from '../plan/persist.ts';

/** A function, and what its rule is to say. */
export interface FunctionWish extends RuleWish {
  readonly address: PciAddress;
}

/**
 * Plans the rules of functions.
 *
 * @throws {HostdevError} `persist-exists`, `persist-newer`, `function-vanished`.
 */
export async function rulesFor(port: HostReader, wishes: readonly FunctionWish[]): Promise<RuleChange[]> {
  if (wishes.length === 0) return [];
  const subjects = await Promise.all(wishes.map(({ address }) => readRuleSubject(port, address)));
  return planRules(
    await readRuleFacts(port),
    subjects.map((subject, i) => ({ subject, wish: wishes[i] ?? {} })),
  );
}
