/** The plan of a virtual function's settings: what the driver of the physical one enforces for it. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { Judgment } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { PersistentVfs } from '../state/persist/persistent-rule.ts';
import { VF_SETTINGS, type VfPlace, type VfSetting, type VfSettings } from '../state/vf-settings.ts';
import type { Change } from './change.ts';
import { refusalToDisturb } from './removable.ts';
import type { Step } from './step.ts';

export type VfSettingsWish = Readonly<Partial<Record<VfSetting, string>>>;

/** The same as numbers and truths. */
interface VfSettingValues {
  readonly mac?: string | undefined;
  readonly vlan?: number | undefined;
  readonly trust?: boolean | undefined;
  readonly spoofchk?: boolean | undefined;
  readonly rate?: number | undefined;
}

/** What is wished for of what somebody has written in JSON or YAML; `mac` and ranges are checked by whoever knows where they stand. */
export function vfSettingsWish({ mac, vlan, trust, spoofchk, rate }: VfSettingValues): VfSettingsWish {
  const onOff = (value: boolean): string => (value ? 'on' : 'off');
  return {
    ...(mac === undefined ? {} : { mac: mac.toLowerCase() }),
    ...(vlan === undefined ? {} : { vlan: String(vlan) }),
    ...(trust === undefined ? {} : { trust: onOff(trust) }),
    ...(spoofchk === undefined ? {} : { spoofchk: onOff(spoofchk) }),
    ...(rate === undefined ? {} : { rate: String(rate) }),
  };
}

export interface VfSettingsFacts {
  readonly judgment: Judgment;
  /** undefined when the physical function has no network interface. */
  readonly place: VfPlace | undefined;
  /** undefined where nobody could be asked; a plan then sets everything. */
  readonly now: VfSettings | undefined;
  /** Whether its settings may change under a guest that holds it. */
  readonly force: boolean;
}

type Facts = Readonly<Record<string, string | null>>;

export interface VfSettingsPlan extends Change {
  readonly place: VfPlace;
  readonly physicalFunction: string;
}

/**
 * What sets what is wished for.
 *
 * @throws {HostdevError} `sriov-missing`, `function-held`.
 */
export function planVfSettings({ judgment, place, now, force }: VfSettingsFacts, wish: VfSettingsWish): VfSettingsPlan {
  const name = formatPciAddress(judgment.device.address);
  const physicalFunction = requireVf(judgment.device);
  if (place === undefined) {
    throw new HostdevError('sriov-missing', `the physical function ${physicalFunction} of ${name} has no network interface`, {
      subject: name,
      hint: 'only network functions have these settings; is the driver of the physical function loaded?',
    });
  }
  const names = (Object.keys(VF_SETTINGS) as VfSetting[]).filter((each) => wish[each] !== undefined);
  const before = Object.fromEntries(names.map((each) => [each, now?.[each] ?? null]));
  const wanted = Object.fromEntries(names.map((each) => [each, wish[each] ?? null]));
  const steps = vfSettingSteps(place, before, wanted);
  // A guest would be cut off in the middle of what it does.
  const refusal = steps.length > 0 && !force ? refusalToDisturb(judgment, 'its guest would notice; --force changes it all the same') : undefined;
  if (refusal !== undefined) throw refusal;
  return { verb: 'vf set', subject: name, before, wanted, steps, undo: vfSettingSteps(place, wanted, before), place, physicalFunction };
}

function requireVf({ address, physicalFunction }: NodeDevice): string {
  if (physicalFunction !== undefined) return formatPciAddress(physicalFunction);
  const name = formatPciAddress(address);
  throw new HostdevError('sriov-missing', `${name} is not a virtual function`, { subject: name, hint: "'hostdev vf create' makes some" });
}

/** One call a setting: a call with several stops at the first that the driver refuses, and does not tell which. */
export function vfSettingSteps({ netdev, index }: VfPlace, from: Facts, to: Facts): Step[] {
  return (Object.keys(VF_SETTINGS) as VfSetting[]).flatMap((name): Step[] => {
    const value = to[name] ?? null;
    if (value === null || value === from[name]) return [];
    return [
      {
        kind: 'run',
        program: 'ip',
        args: ['link', 'set', 'dev', netdev, 'vf', String(index), VF_SETTINGS[name], value],
        why: `${name} of VF ${index} is ${value}`,
      },
    ];
  });
}

/**
 * What a rule keeps once settings of one virtual function are changed, in the words of ip(8).
 *
 * @throws {HostdevError} `persist-absent` when the functions are not kept themselves.
 */
export function keptSettings(old: PersistentVfs | null, { place, physicalFunction: pf }: VfSettingsPlan, wish: VfSettingsWish): PersistentVfs {
  if (old === null) {
    throw new HostdevError('persist-absent', `the virtual functions of ${pf} are not kept across boots, so their settings cannot be`, {
      subject: pf,
      hint: `'hostdev vf create ${pf} COUNT --persist' keeps them`,
    });
  }
  // Of nothing that is said nothing is kept: an empty entry would be another rule for the same functions.
  if (Object.keys(wish).length === 0) return old;
  const words = Object.fromEntries(Object.entries(wish).map(([name, value]) => [VF_SETTINGS[name as VfSetting], value]));
  return { ...old, settings: { ...old.settings, [place.index]: { ...old.settings[place.index], ...words } } };
}

/** The error of a setting that its driver does not take; any other as it is. */
export function settingRefused(subject: string, error: unknown): unknown {
  if (!(error instanceof HostdevError) || error.code !== 'change-failed') return error;
  return new HostdevError('vf-setting-refused', error.message, {
    subject,
    hint: 'not every driver has every setting; what was there before is put back',
    cause: error,
  });
}
