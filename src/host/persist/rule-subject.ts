/** Reading what the rule of a function is about: which card it is, which modules would take it, and what else there is of its kind. */
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Fingerprint } from '../../state/fingerprint.ts';
import type { RuleSubject } from '../../state/persist/rule-facts.ts';
import { readFingerprint } from '../fingerprint.ts';
import { readAddresses, readNodeDevice } from '../inventory.ts';
import { matchingModules } from '../module-alias.ts';
import type { HostReader } from '../port.ts';

/** A function as a rule names it, whether it is there or not. */
export async function readRuleSubject(port: HostReader, address: PciAddress): Promise<RuleSubject> {
  const fingerprint = await readFingerprint(port, address);
  const modalias = (await readNodeDevice(port, address))?.modalias;
  const modules = (await matchingModules(port, 'pci', modalias)).filter((module) => /^[\w-]+$/.test(module));
  const isUnique = fingerprint === undefined || fingerprint.serial !== null || fingerprint.fid !== null;
  return { address: formatPciAddress(address), fingerprint, modules, others: isUnique ? new Map() : await readFingerprints(port) };
}

async function readFingerprints(port: HostReader): Promise<Map<string, Fingerprint>> {
  const found = new Map<string, Fingerprint>();
  for (const address of await readAddresses(port)) {
    const fingerprint = await readFingerprint(port, address);
    if (fingerprint !== undefined) found.set(formatPciAddress(address), fingerprint);
  }
  return found;
}
