/** `hostdev release`: back to the host drivers. */
import { executeEach } from '../execute/executor.ts';
import { whoTook } from '../execute/journal/of-machine.ts';
import { readKeptAddresses } from '../host/persist/rules.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { refuseTwice } from '../pci/named-once.ts';
import { type DriverChange, reportMoves } from '../plan/driver-change.ts';
import { refuseHeld } from '../plan/force.ts';
import { planRelease } from '../plan/release.ts';
import { requireJudgments } from '../state/judge.ts';
import { changeHost } from './change-options.ts';
import type { AppContext } from './context.ts';
import { devicesNamed, onceConfirmed } from './group.ts';
import { viewHost } from './host-view.ts';
import type { MovePlan, PrepareOptions } from './prepare.ts';

export interface ReleaseOptions extends PrepareOptions {
  /** What was given back, where others could not be; told before that is. */
  readonly onPartly?: ((released: readonly DriverChange[]) => void) | undefined;
}

/** Gives functions back to their host drivers, each whatever becomes of the others; what a guest holds stays with it. */
export async function releaseFunctions(context: AppContext, addresses: readonly PciAddress[], options: ReleaseOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const asking = { ...options, confirm: onceConfirmed(options.confirm) };
  return changeHost(context, 'release', options, {
    plan: (view) => planReleases(view, addresses, asking),
    execute: executeEach,
    report: ({ moves }, done) => reportMoves(moves, { done, took: new Map() }),
    onPartly: options.onPartly,
  });
}

/** Plans giving functions back. @throws {HostdevError} `function-held`, `function-unknown`. */
export async function planReleases(
  view: AppContext,
  addresses: readonly PciAddress[],
  options: Pick<PrepareOptions, 'group' | 'confirm' | 'stateDirectory'>,
): Promise<MovePlan> {
  const devices = await devicesNamed(view, addresses, options);
  const named = devices.map(({ address }) => address);
  refuseHeld(requireJudgments((await viewHost(view)).judgments, named));
  const took = await whoTook(view.port, options.stateDirectory);
  const kept = await readKeptAddresses(view.port);
  const moves = devices.map((device) => {
    const name = formatPciAddress(device.address);
    const todo = kept.has(name) ? [`hostdev persistent remove ${name}  # unless the next boot is to take it again`] : [];
    return { device, change: planRelease(device, took.get(name)?.before ?? {}), todo };
  });
  return { moves, changes: moves.flatMap(({ change }) => change ?? []) };
}
