/** The rules that keep functions across boots: planned with what the host shows, and written. */
import { afterSteps } from '../execute/after-steps.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import { readAddresses, readNodeDevice } from '../host/inventory.ts';
import { matchingModules } from '../host/module-alias.ts';
import { readRuleFacts, readRules } from '../host/persist/rules.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { Change } from '../plan/change.ts';
import { planPersist, ruleSteps, type RuleChange, type RuleSubject, type RuleWish } from '../plan/persist.ts';
import type { Fingerprint } from '../state/fingerprint.ts';
import { ruleFile } from '../state/persist/paths.ts';
import type { PersistentRule } from '../state/persist/persistent-rule.ts';

export type { RuleChange } from '../plan/persist.ts';

/**
 * Plans the rule of a function.
 *
 * @throws {HostdevError} `persist-exists`, `persist-newer`, `function-vanished`.
 */
export async function planRule(port: HostPort, address: PciAddress, wish: RuleWish): Promise<RuleChange> {
  return planPersist(await readRuleFacts(port), await readSubject(port, address), wish);
}

async function readSubject(port: HostPort, address: PciAddress): Promise<RuleSubject> {
  const fingerprint = await readFingerprint(port, address);
  const modalias = (await readNodeDevice(port, address))?.modalias;
  const modules = (await matchingModules(port, 'pci', modalias)).filter((module) => /^[\w-]+$/.test(module));
  const isUnique = fingerprint === undefined || fingerprint.serial !== null || fingerprint.fid !== null;
  return {
    address: formatPciAddress(address),
    fingerprint,
    modules,
    others: isUnique ? new Map() : await readFingerprints(port),
  };
}

async function readFingerprints(port: HostPort): Promise<Map<string, Fingerprint>> {
  const found = new Map<string, Fingerprint>();
  for (const address of await readAddresses(port)) {
    const fingerprint = await readFingerprint(port, address);
    if (fingerprint !== undefined) found.set(formatPciAddress(address), fingerprint);
  }
  return found;
}

/** A function, and what its rule is to say. */
export interface FunctionWish extends RuleWish {
  readonly address: PciAddress;
}

/**
 * Plans the rules of several functions, each on what the ones before it write: all of them share files.
 *
 * @throws {HostdevError} see {@link planRule}.
 */
export async function planRules(port: HostPort, wishes: readonly FunctionWish[]): Promise<RuleChange[]> {
  const planned: RuleChange[] = [];
  for (const { address, ...wish } of wishes) {
    const earlier = planned.flatMap(({ steps }) => steps);
    planned.push(await planRule(afterSteps(port, earlier), address, wish));
  }
  return planned;
}

/** The same as changes to be carried out in this order, without those that write nothing. */
export async function ruleChanges(port: HostPort, rules: readonly RuleChange[]): Promise<Change[]> {
  const changes: Change[] = [];
  for (const { verb, subject, before, wanted, steps } of rules.filter((rule) => rule.steps.length > 0)) {
    const written = [...changes.flatMap((each) => each.steps), ...steps];
    changes.push({ verb, subject, before, wanted, steps, undo: ruleSteps(await readRuleFacts(afterSteps(port, written)), subject, before) });
  }
  return changes;
}

/** The rule of ours for a function; undefined when there is none that can be read. */
export async function readRule(port: HostPort, address: PciAddress): Promise<PersistentRule | undefined> {
  const file = ruleFile(formatPciAddress(address));
  const parsed = (await readRules(port)).find((each) => each.file === file)?.parsed;
  return parsed?.kind === 'rule' ? parsed.rule : undefined;
}

/** Addresses of functions that a rule of ours gives to a VFIO driver at boot. */
export async function readKeptAddresses(port: HostPort): Promise<ReadonlySet<string>> {
  return new Set((await readRules(port)).flatMap(({ parsed }) => (parsed.kind === 'rule' && parsed.rule.driver !== null ? parsed.rule.address : [])));
}
