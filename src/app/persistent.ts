/** `hostdev persistent`, and `--persist`: what is kept across boots, by us and by others. */
import { VF_SETTINGS, type VfSetting } from '../execute/vf-settings.ts';
import type { State } from '../execute/journal/record.ts';
import { RULE_FILES } from '../execute/persist/files.ts';
import { readFile, readRules } from '../execute/persist/rules-on-disk.ts';
import { differences, readFingerprint } from '../execute/persist/fingerprint.ts';
import { findInitramfsTools, type InitramfsHook } from '../execute/persist/initramfs.ts';
import { addressOfFile, formatRule, parseRule, ruleFile } from '../execute/persist/rule.ts';
import type { PersistentRule, PersistentVfs } from '../execute/persist/persistent-rule.ts';
import type { Step } from '../plan/step.ts';
import { HostdevError } from '../errors.ts';
import { readAddresses, readNodeDevice } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { matchingModules } from '../host/module-alias.ts';
import type { HostPort } from '../host/port.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import type { ChangeLog } from './journaled.ts';
import { findForeignRules, type ForeignRule } from './foreign-rules.ts';

/** What the rule of an address is to say from now on; what is not named stays. */
export interface RuleWish {
  readonly driver?: string | null;
  readonly vfs?: PersistentVfs | null;
}

/** A change of the files that keep a function across boots. */
export interface RuleChange {
  readonly verb: 'persist' | 'unpersist';
  readonly subject: string;
  readonly before: State;
  readonly wanted: State;
  readonly steps: readonly Step[];
  /** Commands that are left to the administrator: building an initial RAM disk takes minutes, and may be wanted later. */
  readonly todo: readonly string[];
}

/**
 * What has to be written for a wish. Without a wish left the rule goes away, and with the last rule the files for the
 * initial RAM disk. `mac` is what was seen while the host driver still had the function.
 *
 * @throws {HostdevError} `persist-exists` when the rule that is there is for another card.
 */
export async function planRule(port: HostPort, address: PciAddress, wish: RuleWish, mac?: string | null): Promise<RuleChange> {
  const name = formatPciAddress(address);
  const file = ruleFile(name);
  const text = await readFile(port, file);
  const removing = wish.driver === null && wish.vfs === null;
  const old = removing ? undefined : readableRule(name, file, text);
  const rule = removing ? null : await newRule(port, address, old, wish, mac ?? null);
  // Whatever the shared files said before, undoing makes them right as well.
  const before: State = { rule: text, shared: 'right' };
  const wanted: State = { rule: rule === null ? null : formatRule(rule), shared: 'right' };
  const change = { subject: name, before, wanted };
  const steps = await RULE_FILES.steps(port, change, before, wanted);
  const todo = steps.length === 0 ? [] : [...(await findInitramfsTools(port)).map(toDo), ...(rule === null ? [] : await cautions(port, rule))];
  return { verb: rule === null ? 'unpersist' : 'persist', ...change, steps, todo };
}

/** The rule of a file, if there is one; what somebody else wrote into it is not overwritten. */
function readableRule(name: string, file: string, text: string | null): PersistentRule | undefined {
  if (text === null) return undefined;
  const parsed = parseRule(text);
  if (parsed !== undefined && !parsed.edited) return parsed.rule;
  throw new HostdevError('persist-exists', `${file} ${parsed === undefined ? 'is not of this version of hostdev' : 'was edited by somebody'}`, {
    subject: name,
    hint: `keep what it says somewhere; 'hostdev persistent remove ${name}' takes it away`,
  });
}

/** Without a serial number two cards of one kind can only be told apart by where they are. */
async function cautions(port: HostPort, { address, fingerprint: kept }: PersistentRule): Promise<string[]> {
  if (kept.serial !== null || kept.fid !== null) return [];
  const twins: string[] = [];
  for (const other of await readAddresses(port)) {
    const name = formatPciAddress(other);
    const now = name === address ? undefined : await readFingerprint(port, other);
    const same = (['vendor', 'device', 'subsystemVendor', 'subsystemDevice'] as const).every((key) => now?.[key] === kept[key]);
    if (same) twins.push(name);
  }
  if (twins.length === 0) return [];
  return [
    `hostdev persistent  # whenever cards were added or moved: ${twins.join(', ')} ${twins.length === 1 ? 'is' : 'are'} of the same kind, without serial number`,
  ];
}

function toDo({ command, tool }: InitramfsHook): string {
  return `${command}  # so that ${tool} has it in the initial RAM disk`;
}

async function newRule(
  port: HostPort,
  address: PciAddress,
  old: PersistentRule | undefined,
  wish: RuleWish,
  mac: string | null,
): Promise<PersistentRule | null> {
  const driver = wish.driver === undefined ? (old?.driver ?? null) : wish.driver;
  const vfs = wish.vfs === undefined ? (old?.vfs ?? null) : wish.vfs;
  if (driver === null && vfs === null) return null;
  if (driver !== null && vfs !== null) {
    const name = formatPciAddress(address);
    throw new HostdevError('persist-exists', `${name} cannot be kept for guests and keep virtual functions: a function has those only with its host driver`, {
      subject: name,
      hint: `'hostdev persistent remove ${name}' takes away what is kept now`,
    });
  }
  const name = formatPciAddress(address);
  const [fingerprint, device] = [await readFingerprint(port, address), await readNodeDevice(port, address)];
  if (fingerprint === undefined || device === undefined) throw new HostdevError('function-vanished', `${name} is not there any more`, { subject: name });
  const differs = old === undefined ? [] : differences(old.fingerprint, fingerprint);
  if (differs.length > 0) {
    throw new HostdevError('persist-exists', `the rule for ${name} is for another card: ${differs.join('; ')}`, {
      subject: name,
      hint: `'hostdev persistent remove ${name}' takes the old rule away`,
    });
  }
  return {
    address: name,
    byAddress: isStable(device),
    // A MAC address is only seen while a host driver shows it; what was seen once is kept.
    fingerprint: { ...fingerprint, mac: fingerprint.mac ?? mac ?? old?.fingerprint.mac ?? null },
    modules: (await matchingModules(port, 'pci', device.modalias)).filter((module) => /^[\w-]+$/.test(module)),
    driver,
    vfs,
  };
}

/** Without unique uids an IBM Z host numbers its PCI domains in the order functions appear; the fid stays. */
function isStable(device: NodeDevice): boolean {
  return device.zpci?.fid === undefined || device.zpci.uidIsUnique === true;
}

/** Writes it, recorded; a change that has nothing to write is none. */
export async function changeRule(log: ChangeLog, { verb, subject, before, wanted, steps }: RuleChange): Promise<void> {
  if (steps.length > 0) await log.apply(verb, { subject, before, wanted });
}

/** Whether our rule creates virtual functions that host drivers must not take. */
export async function keepsHostDriversOff(port: HostPort, pf: PciAddress): Promise<boolean> {
  return parseRule((await readFile(port, ruleFile(formatPciAddress(pf)))) ?? '')?.rule.vfs?.hostDrivers === false;
}

/** Addresses of functions that a rule of ours gives to a VFIO driver at boot. */
export async function readKeptAddresses(port: HostPort): Promise<ReadonlySet<string>> {
  return new Set((await readRules(port)).flatMap(({ rule }) => (rule === undefined || rule.driver === null ? [] : rule.address)));
}

/** The settings of one virtual function become part of the rule of its physical one. */
export async function planVfSettings(
  port: HostPort,
  pf: PciAddress,
  index: number,
  settings: Readonly<Partial<Record<VfSetting, string>>>,
): Promise<RuleChange> {
  const file = ruleFile(formatPciAddress(pf));
  const vfs = parseRule((await readFile(port, file)) ?? '')?.rule.vfs ?? undefined;
  if (vfs === undefined) {
    const name = formatPciAddress(pf);
    throw new HostdevError('persist-absent', `the virtual functions of ${name} are not kept across boots, so their settings cannot be`, {
      subject: name,
      hint: `'hostdev vf create ${name} COUNT --persist' keeps them`,
    });
  }
  const words = Object.fromEntries(Object.entries(settings).map(([name, value]) => [VF_SETTINGS[name as VfSetting], value]));
  return planRule(port, pf, { vfs: { ...vfs, settings: { ...vfs.settings, [index]: { ...vfs.settings[index], ...words } } } });
}

/** One rule of ours, held against the host. */
export interface PersistentEntry {
  readonly address: string;
  readonly file: string;
  readonly driver: string | null;
  readonly vfs: PersistentVfs | null;
  /** `not taken`: it fits, but another driver has the function; the rule acts at the next boot. `unreadable`: of another version of hostdev. */
  readonly state: 'in force' | 'not taken' | 'absent' | 'other card' | 'edited' | 'unreadable';
  /** What differs, in words. */
  readonly drift: readonly string[];
}

export interface PersistentList {
  readonly rules: readonly PersistentEntry[];
  /** The same done by other means: driverctl, kernel options. */
  readonly others: readonly ForeignRule[];
}

export async function listPersistent({ port }: AppContext): Promise<PersistentList> {
  const rules: PersistentEntry[] = [];
  for (const { file, rule, edited } of await readRules(port)) {
    rules.push(rule === undefined ? unreadableEntry(file) : await entryOf(port, file, rule, edited));
  }
  return { rules, others: await findForeignRules(port) };
}

function unreadableEntry(file: string): PersistentEntry {
  const address = addressOfFile(file) ?? '?';
  return { address, file, driver: null, vfs: null, state: 'unreadable', drift: ['it is not of this version of hostdev'] };
}

async function entryOf(port: HostPort, file: string, rule: PersistentRule, edited: boolean): Promise<PersistentEntry> {
  const { address, driver, vfs } = rule;
  const entry = (state: PersistentEntry['state'], drift: readonly string[] = []): PersistentEntry => ({ address, file, driver, vfs, state, drift });
  if (edited) return entry('edited', ['somebody changed the file; what it does now is not ours to say']);
  const target = parsePciAddress(address);
  const [now, device] = [await readFingerprint(port, target), await readNodeDevice(port, target)];
  if (now === undefined || device === undefined) return entry('absent', ['there is no function at that address']);
  const differs = differences(rule.fingerprint, now);
  if (differs.length > 0) return entry('other card', differs);
  const drift = [
    ...(driver !== null && device.driver !== driver ? [`it is with ${device.driver ?? 'no driver'}, not with ${driver}`] : []),
    ...(vfs !== null && device.sriov?.numVfs !== vfs.count ? [`it has ${device.sriov?.numVfs ?? 0} virtual functions, not ${vfs.count}`] : []),
  ];
  return entry(drift.length === 0 ? 'in force' : 'not taken', drift);
}

/** What taking rules away did, or would do. */
export interface RemovedRule {
  readonly address: string;
  readonly steps: readonly Step[];
  readonly todo: readonly string[];
}

/**
 * Takes rules away. The functions stay with the driver they have until they are released or the host boots.
 *
 * @throws {HostdevError} `persist-absent`.
 */
export async function removePersistent(context: AppContext, addresses: readonly PciAddress[], options: ChangeOptions): Promise<RemovedRule[]> {
  const { port } = context;
  const plan = async (): Promise<RuleChange[]> => {
    const files = new Set((await readRules(port)).map(({ file }) => file));
    for (const name of addresses.map(formatPciAddress)) {
      if (files.has(ruleFile(name))) continue;
      throw new HostdevError('persist-absent', `there is no rule for ${name}`, { subject: name, hint: "'hostdev persistent' lists the rules" });
    }
    return Promise.all(addresses.map((address) => planRule(port, address, { driver: null, vfs: null })));
  };
  const report = (changes: readonly RuleChange[]): RemovedRule[] => changes.map(({ subject, steps, todo }) => ({ address: subject, steps, todo }));
  return planned(context, 'persistent remove', options, {
    plan,
    isIdle: () => false,
    preview: report,
    apply: async (_, log) => {
      const done: RuleChange[] = [];
      // Planned one by one: with the last rule the files for the RAM disk go as well.
      for (const address of addresses) {
        const change = await planRule(port, address, { driver: null, vfs: null });
        await changeRule(log, change);
        done.push(change);
      }
      return report(done);
    },
  });
}
