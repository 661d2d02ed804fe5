/** `hostdev prepare`: from the host driver to vfio-pci, or to a variant of it. */
import { whoTook } from '../execute/journal/of-machine.ts';
import { readPrepareFacts } from '../host/prepare-facts.ts';
import type { PciAddress } from '../pci/address.ts';
import { refuseTwice } from '../pci/named-once.ts';
import { type DriverChange, type PlannedMove, reportMoves } from '../plan/driver-change.ts';
import { planPrepares } from '../plan/prepare.ts';
import { refuseUnassignable } from './assignable.ts';
import { changeHost, type ChangeOptions, type HostPlan } from './change-options.ts';
import type { AppContext } from './context.ts';
import { type Confirm, devicesNamed, onceConfirmed } from './group.ts';
import { tellingOnce } from './losses.ts';
import { rulesFor } from './persistent.ts';

export interface PrepareOptions extends ChangeOptions {
  /** Take every function of the groups. */
  readonly group?: boolean | undefined;
  readonly confirm?: Confirm | undefined;
  /** Take them at every boot. */
  readonly persist?: boolean | undefined;
  /** VFIO driver that takes them; chosen by the kernel's module aliases when missing. */
  readonly driver?: string | undefined;
}

/** Functions and what is done about each. */
export interface MovePlan extends HostPlan {
  readonly moves: readonly PlannedMove[];
}

/**
 * Takes functions to a VFIO driver. Everything is checked before the first write; if one function fails, those
 * already taken are given back.
 */
export async function prepareFunctions(context: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const told = { ...tellingOnce(options), confirm: onceConfirmed(options.confirm) };
  return changeHost(context, 'prepare', options, {
    plan: (view) => planMoves(view, addresses, told),
    report: async ({ moves }, done) => reportMoves(moves, { done, took: await whoTook(context.port, options.stateDirectory) }),
  });
}

async function planMoves(view: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<MovePlan> {
  const devices = await devicesNamed(view, addresses, options);
  const changes = planPrepares(await readPrepareFacts(view.port, devices, { driver: options.driver, loaded: view.loaded }));
  const moves = devices.map((device, i) => ({ device, change: changes[i] }));
  const moving = new Set(moves.flatMap(({ change }) => change?.subject ?? []));
  await refuseUnassignable(view, devices, (address) => moving.has(address), options);
  // Last, because it is about files: what the host would lose is told first.
  const wishes = moves.map(({ device, change }) => ({ address: device.address, driver: change?.wanted['driver'] ?? device.driver ?? null }));
  const rules = options.persist === true ? await rulesFor(view.port, wishes) : [];
  return {
    moves: moves.map((move, i) => ({ ...move, rule: rules[i], todo: rules[i]?.todo ?? [] })),
    // First the functions, then what takes them at every boot.
    changes: [...moves.flatMap(({ change }) => change ?? []), ...rules],
  };
}
