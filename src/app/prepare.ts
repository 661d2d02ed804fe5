/** `hostdev prepare`: from the host driver to vfio-pci, or to a variant of it. */
import { type Done, executeAll } from '../execute/executor.ts';
import { withDrivers } from '../execute/load-drivers.ts';
import type { PciAddress } from '../pci/address.ts';
import type { Change } from '../plan/change.ts';
import { loadingOnce, planPrepare } from '../plan/prepare.ts';
import { isVfioDriver, type NodeDevice } from '../state/node-device.ts';
import { refuseUnassignable } from './assignable.ts';
import { type ChangeOptions, planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { type DriverChange, reportMoves } from './driver-change.ts';
import { refuseTwice, requireFunctions } from './find.ts';
import { type Confirm, onceConfirmed, wholeGroups } from './group.ts';
import { viewing } from './host-view.ts';
import { tellingOnce } from './losses.ts';
import { planRules, type RuleChange, ruleChanges } from './persistent.ts';
import { readLinkState } from '../host/link-state.ts';
import { chooseVfioDriver, registeredDriver } from '../host/vfio-driver.ts';
import { whoTook } from '../execute/journal/of-machine.ts';

export interface PrepareOptions extends ChangeOptions {
  /** Take every function of the groups. */
  readonly group?: boolean | undefined;
  readonly confirm?: Confirm | undefined;
  /** Take them at every boot. */
  readonly persist?: boolean | undefined;
  /** VFIO driver that takes them; chosen by the kernel's module aliases when missing. */
  readonly driver?: string | undefined;
}

/** One function and what is done about it. */
interface Move {
  readonly device: NodeDevice;
  /** undefined when it is with a VFIO driver already. */
  readonly change: Change | undefined;
  readonly rule: RuleChange | undefined;
}

/**
 * Takes functions to a VFIO driver. Everything is checked before the first write; if one function fails, those
 * already taken are given back.
 */
export async function prepareFunctions(context: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const plan = preparePlanner(addresses, tellingOnce(options));
  const report = async (moves: readonly Move[], done?: readonly Done[]): Promise<DriverChange[]> =>
    reportMoves(moves, { done, took: await whoTook(context.port, options.stateDirectory) });
  return planned(context, 'prepare', options, {
    plan,
    isIdle: (moves) => moves.every(({ change, rule }) => change === undefined && (rule?.steps.length ?? 0) === 0),
    preview: (moves) => report(moves),
    apply: async (moves, executor) => {
      const changes = moves.flatMap(({ change }) => change ?? []);
      const ready = await withDrivers(context.port, moves, { changes, again: (loaded) => plan(viewing({ ...context, loaded })) });
      return report(ready, await executeAll(executor, await changesOf(context, ready)));
    },
  });
}

function preparePlanner(addresses: readonly PciAddress[], options: PrepareOptions): (view: AppContext) => Promise<Move[]> {
  const confirm = onceConfirmed(options.confirm);
  return async (view) => {
    const named = await requireFunctions(view.port, addresses);
    const devices = options.group === true ? await wholeGroups(view, named, confirm) : named;
    const changes = loadingOnce(await Promise.all(devices.map((device) => planMove(view, device, options))));
    const moves = devices.map((device, i) => ({ device, change: changes[i] }));
    const moving = new Set(moves.flatMap(({ change }) => change?.subject ?? []));
    await refuseUnassignable(view, devices, (address) => moving.has(address), options);
    // Last, because it is about files: what the host would lose is told first.
    return options.persist === true ? withRules(view, moves) : moves.map((move) => ({ ...move, rule: undefined }));
  };
}

/** What taking a function takes; undefined when it is taken. */
export async function planMove({ port, loaded }: AppContext, device: NodeDevice, { driver }: Pick<PrepareOptions, 'driver'>): Promise<Change | undefined> {
  if (driver === undefined && isVfioDriver(device.driver)) return undefined;
  const chosen = driver ?? (await chooseVfioDriver(port, device));
  const registered = await registeredDriver(port, chosen);
  const module = registered === undefined || loaded?.has(chosen) === true ? chosen : undefined;
  return planPrepare({ device, link: await readLinkState(port, device), driver: registered ?? chosen, module });
}

async function withRules({ port }: AppContext, moves: readonly Omit<Move, 'rule'>[]): Promise<Move[]> {
  const wishes = moves.map(({ device, change }) => ({ address: device.address, driver: change?.wanted['driver'] ?? device.driver ?? null }));
  const rules = await planRules(port, wishes);
  return moves.map((move, i) => ({ ...move, rule: rules[i] }));
}

/** First the functions, then what takes them at every boot. */
async function changesOf({ port }: AppContext, moves: readonly Move[]): Promise<Change[]> {
  const rules = moves.flatMap(({ rule }) => rule ?? []);
  return [...moves.flatMap(({ change }) => change ?? []), ...(await ruleChanges(port, rules))];
}
