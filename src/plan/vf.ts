/** The plan of virtual functions: how many a physical function has, and who may take them. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import type { Judgment } from '../state/judge.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { PersistentVfs } from '../state/persist/persistent-rule.ts';
import type { Change } from './change.ts';
import { refusalToRecount } from './removable.ts';
import { FUNCTIONS_GONE } from './slot.ts';
import { type Step, write } from './step.ts';
import type { State } from './transition.ts';

/** `count` is sriov_numvfs, `autoprobe` is sriov_drivers_autoprobe (null where the kernel has none). */
export type VfCountState = Readonly<Record<'count' | 'autoprobe', string | null>>;

/** How many virtual functions there are to be, and who may take them. */
export interface VfCountWish {
  readonly verb: 'vf create' | 'vf remove';
  /** 0 takes them all away. */
  readonly count: number;
  /** Whether host drivers may take them, or those that come once these are gone; undefined when nobody said. */
  readonly hostDrivers: boolean | undefined;
  /** Whether it is kept across boots. */
  readonly persist: boolean;
}

export interface VfCountFacts {
  readonly device: NodeDevice;
  readonly now: VfCountState;
  /** What autoprobe was before virtual functions were created; undefined when the journal has nothing of it. */
  readonly autoprobeBefore: string | null | undefined;
  /** What a rule of ours keeps of them. */
  readonly kept: PersistentVfs | null;
  /** Judgments on the virtual functions that would go away. */
  readonly going: readonly Judgment[];
}

/**
 * What leads from the virtual functions that are there to those that are wanted.
 *
 * @throws {HostdevError} `sriov-missing`, `sriov-count`, `sriov-in-use`.
 */
export function planVfCount({ device, now, autoprobeBefore, kept, going }: VfCountFacts, wish: VfCountWish): Change {
  requireCount(device, wish);
  const count = String(wish.count);
  const refusal = changesVfs(now, wish) ? refusalToRecount(going) : undefined;
  if (refusal !== undefined) throw refusal;
  // Created at boot, by our rule: what was before is the kernel's own default.
  const found = autoprobeBefore ?? (kept?.hostDrivers === false ? '1' : undefined);
  const wanted = { count, autoprobe: now.autoprobe === null ? null : (autoprobeFor(now, wish, found) ?? now.autoprobe) };
  const subject = formatPciAddress(device.address);
  return {
    ...{ verb: wish.verb, subject, before: { ...now, ...goneFact(device, now, wanted) }, wanted },
    ...{ steps: vfCountSteps(subject, now, wanted), undo: vfCountSteps(subject, wanted, now) },
  };
}

/** Any other number is reached through 0: those that are there go, with whatever hostdev did to them. */
function goneFact({ sriov }: NodeDevice, now: VfCountState, wanted: VfCountState): State {
  const functions = now.count === wanted.count ? [] : (sriov?.virtualFunctions ?? []);
  return functions.length === 0 ? {} : { [FUNCTIONS_GONE]: functions.map(formatPciAddress).join(' ') };
}

/** Whether virtual functions that are there would go away: the kernel changes their number through 0 only. */
export function changesVfs(now: VfCountState, { count }: VfCountWish): boolean {
  return now.count !== '0' && now.count !== String(count);
}

/** What autoprobe is to be; undefined when it stays. Removing puts back what creating found. */
function autoprobeFor(now: VfCountState, { count, hostDrivers, persist }: VfCountWish, before: string | undefined): string | undefined {
  if (count === 0 && hostDrivers === undefined) return before;
  // Those that are there are there, whoever has them: without a word about host drivers nothing is to change.
  if (now.count === String(count) && hostDrivers === undefined && !persist) return undefined;
  return hostDrivers === true ? '1' : '0';
}

function requireCount(device: NodeDevice, { verb, count }: VfCountWish): void {
  const name = formatPciAddress(device.address);
  const total = device.sriov?.totalVfs ?? 0;
  if (total === 0) {
    const physical = device.physicalFunction;
    throw new HostdevError('sriov-missing', `${name} cannot have virtual functions`, {
      subject: name,
      hint:
        physical === undefined
          ? 'it has no SR-IOV, or the firmware has it switched off'
          : `it is a virtual function itself; name its physical function ${formatPciAddress(physical)}`,
    });
  }
  if (count < 0 || count > total || (verb === 'vf create' && count === 0)) {
    throw new HostdevError('sriov-count', `${name} can have 1 to ${total} virtual functions, not ${count}`, {
      subject: String(count),
      hint: `'hostdev vf remove ${name}' takes them all away`,
    });
  }
}

type Facts = Readonly<Record<string, string | null>>;

/**
 * The kernel changes the number from and to 0 only. Whether host drivers may take virtual functions is set before those
 * appear, and stays so while they are there: a driver that is loaded later, because one appeared, would take them all.
 * Naming a driver for one (driver_override) works all the same. Source: the kernel's ABI document sysfs-bus-pci (sriov_*).
 */
export function vfCountSteps(pf: string, from: Facts, to: Facts): Step[] {
  const at = `/sys/bus/pci/devices/${pf}`;
  const [before, after] = [from['count'] ?? '0', to['count'] ?? '0'];
  const probe = to['autoprobe'] ?? null;
  const who = probe === '0' ? 'no host driver takes virtual functions of it' : 'host drivers may take virtual functions of it';
  const autoprobe = probe === null || probe === (from['autoprobe'] ?? null) ? [] : [write(`${at}/sriov_drivers_autoprobe`, probe, who)];
  const clear =
    before === '0' || before === after ? [] : [write(`${at}/sriov_numvfs`, '0', `${before} virtual ${before === '1' ? 'function goes' : 'functions go'} away`)];
  const create =
    after === '0' || before === after
      ? []
      : [write(`${at}/sriov_numvfs`, after, `${after} virtual ${after === '1' ? 'function appears' : 'functions appear'}`)];
  return [...clear, ...autoprobe, ...create];
}

/** What a rule keeps of virtual functions once their number is changed: settings of the same functions stay. */
export function keptVfs(old: PersistentVfs | null, { count, hostDrivers }: VfCountWish): PersistentVfs | null {
  if (count === 0) return null;
  return { count, hostDrivers: hostDrivers === true, settings: old?.count === count ? old.settings : {} };
}
