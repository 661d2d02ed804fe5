/** `hostdev prepare`: from the host driver to vfio-pci, or to a variant of it. */
import { bind, restore } from '../execute/bind.ts';
import { bindSteps } from '../execute/bind-steps.ts';
import { bringUp, readLinkState } from '../execute/link-state.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import type { Step } from '../plan/step.ts';
import { HostdevError } from '../errors.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { refuseUnassignable } from './assignable.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { refuseTwice, requireFunctions } from './find.ts';
import { type Confirm, onceConfirmed, wholeGroups } from './group.ts';
import type { ChangeLog } from './journaled.ts';
import { changeRule, planRule, type RuleChange } from './persistent.ts';
import { type TakenBy, whoTook } from './taken-by.ts';
import { chooseVfioDriver, requireVfioDriver } from './vfio-driver.ts';

/** What happened, or would happen, to one function. */
export interface DriverChange {
  readonly address: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly changed: boolean;
  readonly steps: readonly Step[];
  /** Commands that are left to the administrator. */
  readonly todo: readonly string[];
  /** Who took it before, where the journal knows; for functions that are left as they are. */
  readonly taken: TakenBy | null;
}

export interface PrepareOptions extends ChangeOptions {
  /** Take every function of the groups. */
  readonly group?: boolean | undefined;
  readonly confirm?: Confirm | undefined;
  /** Take them at every boot. */
  readonly persist?: boolean | undefined;
  /** VFIO driver that takes them; chosen by the kernel's module aliases when missing. */
  readonly driver?: string | undefined;
}

interface Move {
  readonly device: NodeDevice;
  /** undefined when it is with a VFIO driver already. */
  readonly driver: string | undefined;
  readonly rule: RuleChange | undefined;
}

/**
 * Takes functions to a VFIO driver. Everything is checked before the first write; if one function fails, those
 * already taken are given back.
 */
export async function prepareFunctions(context: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const confirm = onceConfirmed(options.confirm);
  const plan = async (): Promise<Move[]> => {
    const named = await requireFunctions(context.port, addresses);
    const devices = options.group === true ? await wholeGroups(context, named, confirm) : named;
    const moves = await Promise.all(devices.map((device) => moveOf(context, device, options)));
    const moving = new Set(moves.flatMap(({ device, driver }) => (driver === undefined ? [] : formatPciAddress(device.address))));
    await refuseUnassignable(context, devices, (address) => moving.has(address), options);
    // Last, because it is about files: what the host would lose is told first.
    return Promise.all(moves.map(async (move) => ({ ...move, rule: await ruleOf(context, move, options) })));
  };
  return planned(context, 'prepare', options, {
    plan,
    isIdle: (moves) => moves.every(({ driver, rule }) => driver === undefined && (rule?.steps.length ?? 0) === 0),
    preview: (moves) => report(context, moves, new Map(moves.flatMap(({ device, driver }) => (driver === undefined ? [] : [[device, driver]]))), options),
    apply: async (moves, log) => report(context, moves, await takeAll(context, log, moves, options), options),
  });
}

async function moveOf(context: AppContext, device: NodeDevice, { driver }: PrepareOptions): Promise<Omit<Move, 'rule'>> {
  const there = isVfioDriver(device.driver) && (driver === undefined || sameModule(driver, device.driver ?? ''));
  return { device, driver: there ? undefined : (driver ?? (await chooseVfioDriver(context.port, device))) };
}

async function ruleOf({ port }: AppContext, { device, driver }: Omit<Move, 'rule'>, { persist }: PrepareOptions): Promise<RuleChange | undefined> {
  return persist === true ? planRule(port, device.address, { driver: driver ?? device.driver ?? null }) : undefined;
}

function sameModule(a: string, b: string): boolean {
  return a.replaceAll('-', '_') === b.replaceAll('-', '_');
}

/** Takes one function after the other, then writes their rules; if anything fails, all that was done is undone. */
async function takeAll(context: AppContext, log: ChangeLog, moves: readonly Move[], options: PrepareOptions): Promise<Map<NodeDevice, string>> {
  const taken = new Map<NodeDevice, string>();
  const macs = new Map<NodeDevice, string | null>();
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const { device, driver: module } of moves) {
      if (module === undefined) continue;
      const driver = await requireVfioDriver(context.port, module);
      if (options.signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted; nothing is left half done');
      options.onProgress?.(`${formatPciAddress(device.address)}: ${device.driver ?? 'no driver'} → ${driver}`);
      if (options.persist === true) macs.set(device, (await readFingerprint(context.port, device.address))?.mac ?? null);
      const link = await readLinkState(context.port, device);
      await take(context, log, device, driver);
      taken.set(device, driver);
      undo.push(() => giveBack(context, log, device, driver, link));
    }
    if (options.persist === true) {
      for (const { device } of moves) {
        // Planned anew: the first rule may have brought the files for the initial RAM disk.
        const rule = await planRule(context.port, device.address, { driver: taken.get(device) ?? device.driver ?? null }, macs.get(device));
        await changeRule(log, rule);
        undo.push(() => changeRule(log, { ...rule, verb: 'unpersist', before: rule.wanted, wanted: rule.before }));
      }
    }
    return taken;
  } catch (error) {
    for (const act of undo.reverse()) await act().catch(() => undefined);
    throw error;
  }
}

async function take(context: AppContext, log: ChangeLog, device: NodeDevice, driver: string): Promise<void> {
  await log.driver('prepare', device, driver, async () => {
    await bind(context.port, device.address, driver, { driver: device.driver, override: device.driverOverride });
    return driver;
  });
}

/** To what it was before: a function that nobody had is nobody's again. */
async function giveBack(context: AppContext, log: ChangeLog, device: NodeDevice, driver: string, link: string | null): Promise<void> {
  const now = { ...device, driver, driverOverride: driver };
  const before = { driver: device.driver, override: device.driverOverride };
  await log.driver('release', now, device.driver, () => restore(context.port, device.address, before));
  if (link === 'up') await bringUp(context.port, device.address);
}

async function report(context: AppContext, moves: readonly Move[], moved: ReadonlyMap<NodeDevice, string>, options: PrepareOptions): Promise<DriverChange[]> {
  const took = await whoTook(context, options.stateDirectory);
  return moves.map(({ device, rule }) => {
    const driver = moved.get(device);
    return {
      address: formatPciAddress(device.address),
      before: device.driver ?? null,
      after: driver ?? device.driver ?? null,
      changed: driver !== undefined,
      steps: [...(driver === undefined ? [] : bindSteps(device.address, driver, device.driver)), ...(rule?.steps ?? [])],
      todo: rule?.todo ?? [],
      taken: driver === undefined ? (took.get(formatPciAddress(device.address)) ?? null) : null,
    };
  });
}
