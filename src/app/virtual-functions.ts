/** `hostdev vf create`, `vf remove` and `vf set`: virtual functions of a physical one. */
import { readVfCount, vfSteps } from '../execute/sriov.ts';
import { sameState } from '../execute/change.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { FUNCTIONS_GONE } from '../execute/journal/standing.ts';
import type { BeginRecord, State } from '../execute/journal/record.ts';
import type { Step } from '../plan/step.ts';
import { readVfPlace, readVfSettings, VF_SETTINGS, type VfPlace, type VfSetting, vfSettingSteps } from '../execute/vf-settings.ts';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import { checkFunctions } from './check.ts';
import type { AppContext } from './context.ts';
import { requireFunction } from './find.ts';
import { bootId } from './journaled.ts';
import { changeRule, keepsHostDriversOff, planRule, planVfSettings, type RuleChange } from './persistent.ts';

export type { VfSetting } from '../execute/vf-settings.ts';

/** What happened, or would happen, to the virtual functions of a physical one. */
export interface VfChange {
  readonly physicalFunction: string;
  readonly before: number;
  readonly after: number;
  readonly changed: boolean;
  readonly virtualFunctions: readonly string[];
  readonly steps: readonly Step[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
}

export interface VfCreateOptions extends ChangeOptions {
  /** Let host drivers take the new functions. */
  readonly hostDrivers?: boolean | undefined;
  readonly persist?: boolean | undefined;
}

interface CountPlan {
  readonly device: NodeDevice;
  readonly before: State;
  readonly wanted: State;
  readonly rule: RuleChange | undefined;
}

/**
 * Gives a physical function that many virtual ones. Those that are there are replaced, unless somebody uses one.
 *
 * @throws {HostdevError} `sriov-missing`, `sriov-count`, `sriov-in-use`.
 */
export async function createVfs(context: AppContext, pf: PciAddress, count: number, options: VfCreateOptions): Promise<VfChange> {
  return changeCount(context, 'vf create', pf, count, options);
}

/** Takes all virtual functions of a physical one away, and what keeps them across boots. */
export async function removeVfs(context: AppContext, pf: PciAddress, options: ChangeOptions): Promise<VfChange> {
  return changeCount(context, 'vf remove', pf, 0, options);
}

async function changeCount(context: AppContext, verb: 'vf create' | 'vf remove', pf: PciAddress, count: number, options: VfCreateOptions): Promise<VfChange> {
  const name = formatPciAddress(pf);
  const plan = async (): Promise<CountPlan> => {
    const device = await requireFunction(context.port, pf);
    const total = requireSriov(device);
    if (count < 0 || count > total || (verb === 'vf create' && count === 0)) {
      throw new HostdevError('sriov-count', `${name} can have 1 to ${total} virtual functions, not ${count}`, {
        subject: String(count),
        hint: "'hostdev vf remove' takes them all away",
      });
    }
    const before = (await readVfCount(context.port, name)) ?? { count: '0', autoprobe: null };
    if (before['count'] !== '0' && before['count'] !== String(count)) await refuseUsedVfs(context, device);
    const vfs = count === 0 ? null : { count, hostDrivers: options.hostDrivers === true, settings: {} };
    const rule = options.persist === true || verb === 'vf remove' ? await planRule(context.port, pf, { vfs }) : undefined;
    const autoprobe = before['autoprobe'] === null ? null : await autoprobeFor(context, pf, count, options);
    return { device, before, wanted: { count: String(count), autoprobe: autoprobe ?? before['autoprobe'] ?? null }, rule };
  };
  const isIdle = ({ before, wanted, rule }: CountPlan): boolean => sameState(before, wanted) && (rule === undefined || rule.steps.length === 0);
  const report = async ({ device, before, wanted, rule }: CountPlan, after: NodeDevice | undefined): Promise<VfChange> => ({
    physicalFunction: name,
    before: Number(before['count']),
    after: Number(wanted['count']),
    changed: !isIdle({ device, before, wanted, rule }),
    virtualFunctions: (after ?? device).sriov?.virtualFunctions.map(formatPciAddress) ?? [],
    steps: [...vfSteps(name, before, wanted), ...(rule?.steps ?? [])],
    todo: rule?.todo ?? [],
  });
  return planned(context, verb, options, {
    plan,
    isIdle,
    preview: (made) => report(made, undefined),
    apply: async (made, log) => {
      options.onProgress?.(`${name}: ${made.before['count']} → ${count} virtual functions`);
      // Any other number is reached through 0: those that are there go, with whatever hostdev did to them.
      const gone = (made.device.sriov?.virtualFunctions ?? []).map(formatPciAddress).join(' ');
      const before = gone === '' ? made.before : { ...made.before, [FUNCTIONS_GONE]: gone };
      if (!sameState(made.before, made.wanted)) await log.apply(verb, { subject: name, before, wanted: made.wanted });
      if (made.rule !== undefined) await changeRule(log, made.rule);
      return report(made, await readNodeDevice(context.port, pf));
    },
  });
}

/** What sriov_drivers_autoprobe is to be; undefined when it stays. Removing puts back what creating found. */
async function autoprobeFor({ port }: AppContext, pf: PciAddress, count: number, options: VfCreateOptions): Promise<string | null | undefined> {
  if (count > 0) return options.hostDrivers === true ? '1' : '0';
  const name = formatPciAddress(pf);
  const boot = await bootId(port);
  const records = port.live || options.stateDirectory !== undefined ? await openJournal(options.stateDirectory).read() : [];
  // What was undone changed nothing, and is no end of anything.
  const done = new Set(records.filter(({ kind }) => kind === 'done').map(({ id }) => id));
  const ours = records.filter(
    (record): record is BeginRecord => record.kind === 'begin' && record.boot === boot && record.subject === name && done.has(record.id),
  );
  // The first since the functions were last removed found it as it was before any of ours.
  const removed = ours.findLastIndex(({ verb }) => verb === 'vf remove');
  const first = ours.slice(removed + 1).find(({ verb }) => verb === 'vf create');
  if (first !== undefined) return first.before['autoprobe'];
  // Created at boot, by our rule: the kernel's own default.
  return (await keepsHostDriversOff(port, pf)) ? '1' : undefined;
}

function requireSriov(device: NodeDevice): number {
  const name = formatPciAddress(device.address);
  const total = device.sriov?.totalVfs ?? 0;
  if (total > 0) return total;
  const physical = device.physicalFunction;
  throw new HostdevError('sriov-missing', `${name} cannot have virtual functions`, {
    subject: name,
    hint:
      physical === undefined
        ? 'it has no SR-IOV, or the firmware has it switched off'
        : `it is a virtual function itself; name its physical function ${formatPciAddress(physical)}`,
  });
}

/** Changing the number takes all of them away first. */
async function refuseUsedVfs(context: AppContext, pf: NodeDevice): Promise<void> {
  const functions = pf.sriov?.virtualFunctions ?? [];
  const used = functions.length === 0 ? [] : (await checkFunctions(context, functions)).filter(({ uses }) => uses.length > 0);
  const [first] = used;
  if (first === undefined) return;
  throw new HostdevError(
    'sriov-in-use',
    `${used.length === 1 ? 'a virtual function is' : `${used.length} virtual functions are`} in use: ${used.map(({ address, uses }) => `${address} (${uses.join('; ')})`).join(', ')}`,
    { subject: first.address, hint: 'the number can only change through 0: detach them from their guests, or stop using them, first' },
  );
}

/** What happened, or would happen, to the settings of a virtual function. */
export interface VfSettingChange {
  readonly address: string;
  readonly physicalFunction: string;
  readonly netdev: string;
  readonly index: number;
  readonly before: State;
  readonly after: State;
  readonly changed: boolean;
  readonly steps: readonly Step[];
}

export interface VfSetOptions extends ChangeOptions {
  /** Keep the settings across boots, in the rule that keeps the functions. */
  readonly persist?: boolean | undefined;
}

interface SettingPlan {
  readonly place: VfPlace;
  readonly physicalFunction: string;
  readonly before: State;
  readonly wanted: State;
  readonly rule: RuleChange | undefined;
}

/**
 * Changes what the physical function's driver enforces for a virtual function.
 *
 * @throws {HostdevError} `sriov-missing`, `function-held`, `vf-setting-refused`.
 */
export async function setVf(
  context: AppContext,
  vf: PciAddress,
  settings: Readonly<Partial<Record<VfSetting, string>>>,
  options: VfSetOptions,
): Promise<VfSettingChange> {
  const name = formatPciAddress(vf);
  const plan = async (): Promise<SettingPlan> => {
    const device = await requireFunction(context.port, vf);
    if (device.physicalFunction === undefined)
      throw new HostdevError('sriov-missing', `${name} is not a virtual function`, { subject: name, hint: "'hostdev vf create' makes some" });
    const place = await readVfPlace(context.port, name);
    const pf = formatPciAddress(device.physicalFunction);
    if (place === undefined) {
      throw new HostdevError('sriov-missing', `the physical function ${pf} of ${name} has no network interface`, {
        subject: name,
        hint: 'only network functions have these settings; is the driver of the physical function loaded?',
      });
    }
    // A copy of another machine cannot be asked what its driver enforces; a plan then sets everything.
    const settingsNow = readVfSettings(context.port, place);
    const all = (await (options.dryRun ? settingsNow.catch(() => undefined) : settingsNow)) ?? {};
    const names = (Object.keys(VF_SETTINGS) as VfSetting[]).filter((each) => settings[each] !== undefined);
    const before = Object.fromEntries(names.map((each) => [each, all[each] ?? null]));
    const wanted = Object.fromEntries(names.map((each) => [each, settings[each] ?? null]));
    if (options.force !== true && vfSettingSteps(place, before, wanted).length > 0) await refuseHeldVf(context, vf);
    const rule = options.persist === true ? await planVfSettings(context.port, device.physicalFunction, place.index, settings) : undefined;
    return { place, physicalFunction: pf, before, wanted, rule };
  };
  const report = ({ place, physicalFunction, before, wanted, rule }: SettingPlan, after: State): VfSettingChange => {
    const steps = [...vfSettingSteps(place, before, wanted), ...(rule?.steps ?? [])];
    return { address: name, physicalFunction, ...place, before, after, changed: steps.length > 0, steps };
  };
  return planned(context, 'vf set', options, {
    plan,
    isIdle: (made) => !report(made, made.wanted).changed,
    preview: (made) => report(made, made.wanted),
    apply: async (made, log) => {
      const { place, before, wanted, rule } = made;
      try {
        const change = { subject: name, before, wanted };
        const after = vfSettingSteps(place, before, wanted).length === 0 ? before : await log.apply('vf set', change);
        if (rule !== undefined) await changeRule(log, rule);
        return report(made, after);
      } catch (error) {
        if (!(error instanceof HostdevError) || error.code !== 'change-failed') throw error;
        throw new HostdevError('vf-setting-refused', error.message, {
          subject: name,
          hint: 'not every driver has every setting; what was there before is put back',
          cause: error,
        });
      }
    },
  });
}

/** A guest would be cut off in the middle of what it does. */
async function refuseHeldVf(context: AppContext, vf: PciAddress): Promise<void> {
  const [report] = await checkFunctions(context, [vf]);
  if (report?.verdict !== 'held') return;
  throw new HostdevError('function-held', `${report.address} is held: ${report.evidence.join('; ')}`, {
    subject: report.address,
    hint: 'its guest would notice; --force changes it all the same',
  });
}
