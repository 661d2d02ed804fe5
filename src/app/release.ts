/** `hostdev release`: back to the host drivers. */
import { type Done, executeEach } from '../execute/executor.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { planRelease } from '../plan/release.ts';
import { refuseHeld } from './assignable.ts';
import { planned } from './change-options.ts';
import type { AppContext } from './context.ts';
import { type DriverChange, type PlannedMove, reportMoves } from './driver-change.ts';
import { refuseTwice, requireFunctions } from './find.ts';
import { onceConfirmed, wholeGroups } from './group.ts';
import { readKeptAddresses } from './persistent.ts';
import type { PrepareOptions } from './prepare.ts';
import { whoTook } from '../execute/journal/of-machine.ts';

/** Gives functions back to their host drivers, each whatever becomes of the others; what a guest holds stays with it. */
export async function releaseFunctions(context: AppContext, addresses: readonly PciAddress[], options: PrepareOptions): Promise<DriverChange[]> {
  refuseTwice(addresses);
  const confirm = onceConfirmed(options.confirm);
  const plan = async (view: AppContext): Promise<PlannedMove[]> => {
    const named = await requireFunctions(view.port, addresses);
    const devices = options.group === true ? await wholeGroups(view, named, confirm) : named;
    await refuseHeld(
      view,
      devices.map(({ address }) => address),
    );
    const took = await whoTook(view.port, options.stateDirectory);
    const kept = await readKeptAddresses(view.port);
    return devices.map((device) => {
      const name = formatPciAddress(device.address);
      const todo = kept.has(name) ? [`hostdev persistent remove ${name}  # unless the next boot is to take it again`] : [];
      return { device, change: planRelease(device, took.get(name)?.before ?? {}), rule: { steps: [], todo } };
    });
  };
  const report = (moves: readonly PlannedMove[], done?: readonly Done[]): DriverChange[] => reportMoves(moves, { done, took: new Map() });
  return planned(context, 'release', options, {
    plan,
    isIdle: (moves) => moves.every(({ change }) => change === undefined),
    preview: (moves) => report(moves),
    apply: async (moves, executor) =>
      report(
        moves,
        await executeEach(
          executor,
          moves.flatMap(({ change }) => change ?? []),
        ),
      ),
  });
}
