/** What is particular to IBM Z: whether addresses stay the same, and what waits to be configured. */
import type { ReadinessFacts } from './facts.ts';
import type { Readiness } from './finding.ts';

export function zpciReadiness(facts: ReadinessFacts): Readiness[] {
  return [...uids(facts), ...slots(facts)];
}

/** Without unique uids a function's address may change at the next boot; the fid does not. */
function uids({ uniqueUids }: ReadinessFacts): Readiness[] {
  const what = 'zPCI uids';
  if (uniqueUids === undefined) return [];
  if (uniqueUids) return [{ what, state: 'ok', found: 'unique: addresses stay the same across boots', hint: null }];
  const hint = "set 'unique UIDs' for this LPAR on the HMC, or identify functions by fid";
  return [{ what, state: 'missing', found: 'not unique: PCI domains are numbered in the order functions appear', hint }];
}

function slots({ slots: all }: ReadinessFacts): Readiness[] {
  if (all.size === 0) return [];
  const standby = [...all].flatMap(([name, isConfigured]) => (isConfigured ? [] : name));
  const found = `${all.size - standby.length} configured, ${standby.length} on standby`;
  return [{ what: 'zPCI slots', state: 'ok', found, hint: standby.length === 0 ? null : `'hostdev slot on 0x${standby[0]}' configures one` }];
}
