/** Wishes about the host. */
import { prepareFunctions, type PrepareOptions } from '../../app/prepare.ts';
import { removePersistent } from '../../app/persistent-remove.ts';
import { recoverChanges } from '../../app/recover-changes.ts';
import { releaseFunctions } from '../../app/release.ts';
import { readStatus } from '../../app/status.ts';
import { changeSlots, type SlotVerb } from '../../app/slots.ts';
import { setVf } from '../../app/vf-set.ts';
import { createVfs, removeVfs } from '../../app/virtual-functions.ts';
import { requireRoot } from '../../app/change-options.ts';
import { checkMac } from '../../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { moved, ruleRemoved, slotChange, vfs, vfSet } from '../../json/items/host-changes.ts';
import { recovered } from '../../json/items/journal.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { nameOfSubject } from '../../plan/change.ts';
import { checkDriverName } from '../../plan/prepare.ts';
import { VF_MOST, type VfSetting } from '../../state/vf-settings.ts';
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

function settingsOf({ mac, vlan, rate, trust, spoofchk }: Omit<WishOf<'vf set'>, 'virtualFunction'>): Partial<Record<VfSetting, string>> {
  const settings: Partial<Record<VfSetting, string>> = {};
  if (mac !== undefined) settings.mac = checkMac(mac).toLowerCase();
  for (const [name, value] of [
    ['vlan', vlan],
    ['rate', rate],
  ] as const) {
    if (value === undefined) continue;
    if (value < 0 || value > VF_MOST[name]) throw new HostdevError('usage', `${name} is 0 to ${VF_MOST[name]}, not ${value}`, { hint: '0 switches it off' });
    settings[name] = String(value);
  }
  if (trust !== undefined) settings.trust = trust ? 'on' : 'off';
  if (spoofchk !== undefined) settings.spoofchk = spoofchk ? 'on' : 'off';
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

/** What is done is known when it is done; what is begun and not ended can be told before. */
export const recover: UseCase<WishOf<'recover'>> = async (host, _, running) => {
  const context = await host.context();
  if (running.dryRun) return { items: [], notes: await interrupted(host) };
  requireRoot(context, 'recover');
  const recoveries = await recoverChanges(context, host.stateDirectory);
  return { items: recoveries.map(recovered), notes: recoveries.filter(({ outcome }) => outcome === 'stuck').map(stuck) } satisfies Outcome;
};

async function interrupted(host: ServedHost): Promise<Problem[]> {
  const { changes } = await readStatus(await host.context(), host.stateDirectory);
  return changes.flatMap((change): Problem[] => {
    if (change.state !== 'interrupted') return [];
    const subject = nameOfSubject(change);
    const message = `${change.verb} ${subject} was interrupted: it was ${change.before}, and is ${change.now}`;
    return [{ code: 'recovery-needed', severity: 'warning', subject, message, hint: 'it is finished or undone, whichever can be done safely' }];
  });
}

function stuck(recovery: {
  readonly verb: Parameters<typeof nameOfSubject>[0]['verb'];
  readonly subject: string;
  readonly reason: string | undefined;
}): Problem {
  const subject = nameOfSubject(recovery);
  return {
    code: 'stuck',
    severity: 'error',
    subject,
    message: `${recovery.verb} ${subject} is neither done nor undone${recovery.reason === undefined ? '' : `: ${recovery.reason}`}`,
  };
}
