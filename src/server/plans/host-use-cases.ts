/** Wishes about the host. */
import { prepareFunctions, type PrepareOptions } from '../../app/prepare.ts';
import { removePersistent } from '../../app/persistent-remove.ts';
import { changesOf, type PlannedRecovery, planRecoveries, recoverChanges } from '../../app/recover-changes.ts';
import { recoveryProblems } from '../../app/recovery-problems.ts';
import { releaseFunctions } from '../../app/release.ts';
import type { SlotVerb } from '../../app/slot-plan.ts';
import { changeSlots } from '../../app/slots.ts';
import { setVf } from '../../app/vf-set.ts';
import { createVfs, removeVfs } from '../../app/virtual-functions.ts';
import { checkMac } from '../../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { moved, ruleRemoved, slotChange, vfs, vfSet } from '../../json/items/host-changes.ts';
import { recovered } from '../../json/items/journal.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { nameOfSubject } from '../../plan/change.ts';
import { stateWords } from '../../plan/state-words.ts';
import { checkDriverName } from '../../plan/prepare.ts';
import { type VfSettingsWish, vfSettingsWish } from '../../plan/vf-settings.ts';
import { VF_MOST } from '../../state/vf-settings.ts';
import type { WishOf } from '../api/wishes.ts';
import type { ServedHost } from '../host.ts';
import type { Outcome, Running, UseCase } from './use-case.ts';

/** Whoever agreed to the plan has seen which functions go along. */
const agreed = async (): Promise<boolean> => true;

function options({ stateDirectory }: ServedHost, running: Running): Running & { readonly stateDirectory: string; readonly confirm: PrepareOptions['confirm'] } {
  return { ...running, stateDirectory, confirm: agreed };
}

export const prepare: UseCase<WishOf<'prepare'>> = async (host, { functions, group, force, persist, driver }, running) => {
  const wanted = { group, force, persist, driver: driver === undefined ? undefined : checkDriverName(driver) };
  const changes = await prepareFunctions(await host.context(), functions.map(parsePciAddress), { ...options(host, running), ...wanted });
  return { items: changes.map(moved), todo: changes.flatMap(({ todo }) => todo) };
};

export const release: UseCase<WishOf<'release'>> = async (host, { functions, group }, running) => {
  const changes = await releaseFunctions(await host.context(), functions.map(parsePciAddress), { ...options(host, running), group });
  return { items: changes.map(moved), todo: changes.flatMap(({ todo }) => todo) };
};

export const createFunctions: UseCase<WishOf<'vf create'>> = async (host, { physicalFunction, numVfs, hostDrivers, persist }, running) => {
  const wanted = { hostDrivers, persist };
  const change = await createVfs(await host.context(), parsePciAddress(physicalFunction), numVfs, { ...options(host, running), ...wanted });
  return { items: [vfs(change)], todo: change.todo };
};

export const removeFunctions: UseCase<WishOf<'vf remove'>> = async (host, { physicalFunction }, running) => {
  const change = await removeVfs(await host.context(), parsePciAddress(physicalFunction), options(host, running));
  return { items: [vfs(change)], todo: change.todo };
};

export const setFunction: UseCase<WishOf<'vf set'>> = async (host, { virtualFunction, force, persist, ...wish }, running) => {
  const change = await setVf(await host.context(), parsePciAddress(virtualFunction), settingsOf(wish), { ...options(host, running), force, persist });
  return { items: [vfSet(change)] };
};

function settingsOf({ mac, vlan, rate, trust, spoofchk }: Omit<WishOf<'vf set'>, 'virtualFunction'>): VfSettingsWish {
  const checked = mac === undefined ? undefined : checkMac(mac);
  for (const [name, value] of Object.entries({ vlan, rate }) as [keyof typeof VF_MOST, number | undefined][]) {
    if (value === undefined || (value >= 0 && value <= VF_MOST[name])) continue;
    throw new HostdevError('usage', `${name} is 0 to ${VF_MOST[name]}, not ${value}`, { hint: '0 switches it off' });
  }
  const settings = vfSettingsWish({ mac: checked, vlan, rate, trust, spoofchk });
  if (Object.keys(settings).length === 0)
    throw new HostdevError('usage', 'vf set changes nothing without a setting', { hint: 'give mac, vlan, trust, spoofchk or rate' });
  return settings;
}

export const slots: UseCase<WishOf<SlotVerb>> = async (host, { verb, fids, force }, running) => {
  const changes = await changeSlots(await host.context(), verb, fids.map(Number), { ...options(host, running), force });
  return { items: changes.map(slotChange) };
};

export const removeRules: UseCase<WishOf<'persistent remove'>> = async (host, { functions }, running) => {
  const changes = await removePersistent(await host.context(), functions.map(parsePciAddress), options(host, running));
  return { items: changes.map(ruleRemoved), todo: changes.flatMap(({ todo }) => todo) };
};

export const recover: UseCase<WishOf<'recover'>> = async (host, _, running) => {
  const context = await host.context();
  if (running.dryRun) {
    const planned = await planRecoveries(context, host.stateDirectory);
    running.onPlan?.(changesOf(planned));
    return { items: [], notes: planned.map(interrupted) };
  }
  const recoveries = await recoverChanges(context, host.stateDirectory, running);
  return { items: recoveries.map(recovered), notes: recoveryProblems(recoveries) } satisfies Outcome;
};

function interrupted({ begun, now, change, outcome, reason }: PlannedRecovery): Problem {
  const subject = nameOfSubject(begun);
  const seen = now === undefined ? 'cannot be looked at' : outcome === 'gone' ? 'has gone' : `is ${stateWords(begun.verb, now)}`;
  const ends = change === undefined ? 'it cannot be brought to an end now' : ENDS[outcome][change.steps.length > 0 ? 1 : 0];
  const message = `${begun.verb} ${subject} was interrupted: it was ${stateWords(begun.verb, begun.before)}, and ${seen}; ${ends}${reason === undefined ? '' : `: ${reason}`}`;
  return { code: 'recovery-needed', severity: 'warning', subject, message };
}

/** How a change ends: where only its record is closed, and where something is done for it. */
const ENDS = {
  new: ['it was done', 'it is finished'],
  old: ['nothing of it is left', 'it is undone'],
  gone: ['nothing of it is left', 'nothing of it is left'],
  overtaken: ['it stays so', 'it stays so'],
  stuck: ['', ''],
} as const;
