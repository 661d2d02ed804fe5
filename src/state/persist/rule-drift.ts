/** One rule of ours, held against the host. */
import { type Fingerprint, fingerprintDifferences, formatFingerprint } from '../fingerprint.ts';
import { VF_SETTINGS, type VfSetting, type VfSettings } from '../vf-settings.ts';
import { type JudgedFunction, whyNotToTake } from './judged.ts';
import type { PersistentRule, PersistentVfs } from './persistent-rule.ts';
import type { RuleOnDisk } from './rule-facts.ts';

/**
 * `not taken`: it fits, but not all that it wants is so; the rule acts at the next boot. `unknown`: what it sets cannot be
 * seen here. `newer`: of a newer hostdev. `unreadable`: damaged, or not ours.
 */
export const RULE_STATES = ['in force', 'not taken', 'unknown', 'absent', 'other card', 'edited', 'newer', 'unreadable'] as const;

export interface PersistentEntry {
  readonly address: string;
  readonly file: string;
  readonly driver: string | null;
  readonly vfs: PersistentVfs | null;
  /** Which card it is for, as words; null when the file cannot be read. */
  readonly fingerprint: string | null;
  readonly state: (typeof RULE_STATES)[number];
  /** What differs, in words. */
  readonly drift: readonly string[];
}

/** What is at the address of a rule now. */
export interface RuleTarget extends JudgedFunction {
  readonly fingerprint: Fingerprint;
  /** Whether host drivers may take virtual functions as they appear; undefined where the kernel does not say. */
  readonly vfAutoprobe: boolean | undefined;
  /** Settings of its virtual functions by index; undefined when nobody could be asked. */
  readonly vfSettings: ReadonlyMap<number, VfSettings> | undefined;
}

/** How a rule stands; `target` is undefined when there is no function at its address. */
export function ruleEntry({ file, address, parsed }: RuleOnDisk, target: RuleTarget | undefined): PersistentEntry {
  const unread = { address, file, driver: null, vfs: null, fingerprint: null };
  if (parsed.kind === 'newer')
    return { ...unread, state: 'newer', drift: [`it is of a newer hostdev (version ${parsed.version} of such files), and what it does is not known here`] };
  if (parsed.kind === 'refused') return { ...unread, state: 'unknown', drift: [`it cannot be read (${parsed.reason})`] };
  if (parsed.kind === 'unreadable') return { ...unread, state: 'unreadable', drift: ['it is damaged, or not of hostdev'] };
  const { rule, edited } = parsed;
  const entry = { ...unread, driver: rule.driver, vfs: rule.vfs, fingerprint: formatFingerprint(rule.fingerprint) };
  if (edited) return { ...entry, state: 'edited', drift: ['somebody changed the file; what it does now is not ours to say'] };
  if (target === undefined) return { ...entry, state: 'absent', drift: ['there is no function at that address'] };
  const differs = fingerprintDifferences(rule.fingerprint, target.fingerprint);
  if (differs.length > 0) return { ...entry, state: 'other card', drift: differs };
  const drift = [...driverDrift(rule, target), ...vfDrift(rule.vfs, target)];
  if (drift.length > 0) return { ...entry, state: 'not taken', drift };
  const unseen = unseenSettings(rule.vfs, target);
  return { ...entry, state: unseen.length > 0 ? 'unknown' : 'in force', drift: unseen };
}

function driverDrift({ driver }: PersistentRule, target: RuleTarget): string[] {
  const now = target.device.driver;
  if (driver === null || now === driver) return [];
  const why = whyNotToTake(target);
  return [`it is with ${now ?? 'no driver'}, not with ${driver}`, ...(why === undefined ? [] : [`it wants what ${why}`])];
}

function vfDrift(vfs: PersistentVfs | null, { device, vfAutoprobe, vfSettings }: RuleTarget): string[] {
  if (vfs === null) return [];
  const count = device.sriov?.numVfs ?? 0;
  if (count !== vfs.count) return [`it has ${count} virtual functions, not ${vfs.count}`];
  const autoprobe = !vfs.hostDrivers && vfAutoprobe === true ? ['host drivers may take its virtual functions'] : [];
  return [...autoprobe, ...wishesOf(vfs).flatMap((wish) => settingDrift(wish, vfSettings))];
}

interface SettingWish {
  readonly index: number;
  readonly name: VfSetting;
  readonly value: string;
}

/** A rule has the words of ip(8). */
function wishesOf({ settings }: PersistentVfs): SettingWish[] {
  const names = Object.keys(VF_SETTINGS) as VfSetting[];
  return Object.entries(settings).flatMap(([index, words]) =>
    names.flatMap((name) => {
      const value = words[VF_SETTINGS[name]];
      return value === undefined ? [] : { index: Number(index), name, value };
    }),
  );
}

function settingDrift({ index, name, value }: SettingWish, now: RuleTarget['vfSettings']): string[] {
  const is = now?.get(index)?.[name] ?? null;
  return is === null || is.toLowerCase() === value.toLowerCase() ? [] : [`${name} of VF ${index} is ${is}, not ${value}`];
}

/** A copy of another machine cannot be asked, and not every driver tells every setting. */
function unseenSettings(vfs: PersistentVfs | null, { vfSettings }: RuleTarget): string[] {
  const unseen = (vfs === null ? [] : wishesOf(vfs)).filter(({ index, name }) => (vfSettings?.get(index)?.[name] ?? null) === null);
  return unseen.map(({ index, name }) => `${name} of VF ${index} cannot be seen here`);
}
