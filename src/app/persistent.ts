/** The rules that keep functions across boots: planned with what the host shows, and written. */
import { readFingerprint } from '../host/fingerprint.ts';
import { readAddresses, readNodeDevice } from '../host/inventory.ts';
import { matchingModules } from '../host/module-alias.ts';
import { readRuleFacts, readRules } from '../host/persist/rules.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { planPersist, type RuleChange, type RuleSubject, type RuleWish } from '../plan/persist.ts';
import type { Fingerprint } from '../state/fingerprint.ts';
import { ruleFile } from '../state/persist/paths.ts';
import type { PersistentRule } from '../state/persist/persistent-rule.ts';
import type { ChangeLog } from './journaled.ts';

export type { RuleChange } from '../plan/persist.ts';

/**
 * Plans the rule of a function. `mac` is what was seen while the host driver still had it.
 *
 * @throws {HostdevError} `persist-exists`, `persist-newer`, `function-vanished`.
 */
export async function planRule(port: HostPort, address: PciAddress, wish: RuleWish, mac?: string | null): Promise<RuleChange> {
  return planPersist(await readRuleFacts(port), await readSubject(port, address, mac ?? null), wish);
}

async function readSubject(port: HostPort, address: PciAddress, mac: string | null): Promise<RuleSubject> {
  const fingerprint = await readFingerprint(port, address);
  const modalias = (await readNodeDevice(port, address))?.modalias;
  const modules = (await matchingModules(port, 'pci', modalias)).filter((module) => /^[\w-]+$/.test(module));
  const isUnique = fingerprint === undefined || fingerprint.serial !== null || fingerprint.fid !== null;
  return {
    address: formatPciAddress(address),
    fingerprint: fingerprint === undefined ? undefined : { ...fingerprint, mac: fingerprint.mac ?? mac },
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

/** Writes it, recorded; a change that has nothing to write is none. */
export async function changeRule(log: ChangeLog, { verb, subject, before, wanted, steps }: RuleChange): Promise<void> {
  if (steps.length > 0) await log.apply(verb, { subject, before, wanted });
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
