/** `hostdev persistent`: what is kept across boots, by us and by others, held against the host. */
import { readFingerprint } from '../host/fingerprint.ts';
import { readForeignRules } from '../host/persist/foreign-rules.ts';
import { readRules } from '../host/persist/rules.ts';
import type { HostPort } from '../host/port.ts';
import { readVfCount } from '../host/vf-count.ts';
import { readVfSettings } from '../host/vf-settings.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { Unread } from '../state/host-state.ts';
import { MODPROBE_DIRECTORIES } from '../state/modprobe-config.ts';
import { foreignDrift } from '../state/persist/foreign-drift.ts';
import { DRIVERCTL_DIRECTORY, type ForeignRule } from '../state/persist/foreign-rules.ts';
import type { JudgedFunction } from '../state/persist/judged.ts';
import { RULES_DIRECTORY } from '../state/persist/paths.ts';
import type { RuleOnDisk } from '../state/persist/rule-facts.ts';
import { type PersistentEntry, ruleEntry, type RuleTarget } from '../state/persist/rule-drift.ts';
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
    entries.push(ruleEntry(rule, await readTarget(port, rule, judged)));
  }
  const others = foreign.map((rule): ForeignEntry => {
    const { void: _, ...shown } = rule;
    return { ...shown, drift: foreignDrift(rule, functions) };
  });
  const unread = [...port.refused].filter(([path]) => mayHaveRules(path)).map(([path, reason]) => ({ path, reason }));
  return { rules: entries, others, unread };
}

/** Files of ours that cannot be read are entries of their own. */
function mayHaveRules(path: string): boolean {
  return (
    [RULES_DIRECTORY, '/proc/cmdline'].includes(path) ||
    [DRIVERCTL_DIRECTORY, ...MODPROBE_DIRECTORIES].some((directory) => `${path}/`.startsWith(`${directory}/`))
  );
}

async function readTarget(port: HostPort, { parsed }: RuleOnDisk, judged: JudgedFunction | undefined): Promise<RuleTarget | undefined> {
  const fingerprint = judged === undefined ? undefined : await readFingerprint(port, judged.device.address);
  if (judged === undefined || fingerprint === undefined) return undefined;
  const target = { ...judged, fingerprint, vfAutoprobe: undefined, vfSettings: undefined };
  if (parsed.kind !== 'rule' || parsed.rule.vfs === null) return target;
  const { device } = judged;
  const autoprobe = (await readVfCount(port, formatPciAddress(device.address)))?.autoprobe ?? undefined;
  const [netdev] = device.netdevs;
  // A copy of another machine cannot be asked, nor one without iproute2; the drift says so.
  const settings = netdev === undefined ? undefined : await readVfSettings(port, netdev).catch(() => undefined);
  return { ...target, vfAutoprobe: autoprobe === undefined ? undefined : autoprobe === '1', vfSettings: settings };
}
