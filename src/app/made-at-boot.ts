/** What rules of ours made of functions when the host booted: nothing in the journal says it. */
import type { BeginRecord, JournalRecord } from '../execute/journal/record.ts';
import { standingChanges } from '../execute/journal/standing.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import { readAddresses, readNodeDevice } from '../host/inventory.ts';
import type { RuleOnDisk } from '../state/persist/rule-facts.ts';
import type { HostPort } from '../host/port.ts';
import { readVfCount } from '../host/vf-count.ts';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { TOPIC } from '../plan/transition.ts';
import type { VfsFound } from '../plan/undo-commands.ts';
import { fingerprintDifferences } from '../state/fingerprint.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { PersistentRule } from '../state/persist/persistent-rule.ts';
import { parseRule } from '../state/persist/rule-text.ts';

export interface MadeAtBoot {
  /** Addresses of functions that are with a VFIO driver because of a rule. */
  readonly taken: readonly string[];
  /** Physical functions that have virtual ones because of a rule, with what they would have without it. */
  readonly vfs: ReadonlyMap<string, VfsFound>;
}

/** The journal, and the boot in which it is asked. */
export interface BootJournal {
  readonly records: readonly JournalRecord[];
  readonly boot: string;
}

/** Looks at the rules on the disk, and at those that were there when the host booted and have been removed since. */
export async function madeAtBoot(port: HostPort, { records, boot }: BootJournal, rules: readonly RuleOnDisk[]): Promise<MadeAtBoot> {
  const done = standingChanges(records, (record) => record.boot === boot).flatMap(({ record, end }) => (end === 'done' ? [record] : []));
  const onDisk = rules.flatMap(({ parsed }) => (parsed.kind === 'rule' ? [parsed.rule] : []));
  const removed = done.flatMap(ruleRemoved).filter(({ address }) => onDisk.every((rule) => rule.address !== address));
  const last = (topic: 'driver' | 'vfs', address: string): BeginRecord | undefined =>
    done.find(({ verb, subject }) => TOPIC[verb] === topic && subject === address);
  const isOfBoot = ({ address }: PersistentRule): boolean => ruleAtBoot(records, boot, address);
  const taken: string[] = [];
  const vfs = new Map<string, VfsFound>();
  for (const rule of [...onDisk, ...removed]) {
    const address = await placeOf(port, rule);
    if (address === undefined) continue;
    // A rule that is younger than the boot has taken nothing yet: the function was with a VFIO driver before us, or its prepare is in the journal.
    // Without its rule, a function that was changed in this boot is what that change made of it, or somebody else.
    const mayTake = rule.driver !== null && isOfBoot(rule) && (onDisk.includes(rule) || last('driver', address) === undefined);
    if (mayTake && isVfioDriver((await readNodeDevice(port, parsePciAddress(address)))?.driver)) taken.push(address);
    if (rule.vfs === null || !isOfBoot(rule) || last('vfs', address)?.verb === 'vf remove') continue;
    // What was before is the kernel's own default.
    const found = { count: 0, hostDrivers: rule.vfs.hostDrivers ? undefined : true };
    if (((await readVfCount(port, address))?.count ?? '0') !== '0') vfs.set(address, found);
  }
  return { taken, vfs };
}

function ruleRemoved({ verb, before }: BeginRecord): PersistentRule[] {
  const parsed = verb === 'unpersist' && typeof before['rule'] === 'string' ? parseRule(before['rule']) : undefined;
  return parsed?.kind === 'rule' ? [parsed.rule] : [];
}

/** Whether there was a rule for a function when the host booted: the first change of it since found one, or nothing changed it. */
function ruleAtBoot(records: readonly JournalRecord[], boot: string, address: string): boolean {
  const first = records.find(
    (record): record is BeginRecord => record.kind === 'begin' && record.boot === boot && TOPIC[record.verb] === 'rule' && record.subject === address,
  );
  return first === undefined || (first.before['rule'] ?? null) !== null;
}

/** Where the card of a rule is now: at another place only where places say nothing. Another card is none of the rule's. */
async function placeOf(port: HostPort, { address, fingerprint }: PersistentRule): Promise<string | undefined> {
  const others = fingerprint.place === null ? (await readAddresses(port)).map(formatPciAddress) : [];
  for (const each of [address, ...others]) {
    const now = await readFingerprint(port, parsePciAddress(each));
    // Only root sees serial numbers.
    const kept = now?.serial === null ? { ...fingerprint, serial: null } : fingerprint;
    if (now !== undefined && fingerprintDifferences(kept, now).length === 0) return each;
  }
  return undefined;
}
