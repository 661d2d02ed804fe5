/** `hostdev detach qmp:SOCKET`: the guest first, then the host driver. */
import { executeEach } from '../../execute/executor.ts';
import { whoTook } from '../../execute/journal/of-machine.ts';
import { qmpGuest } from '../../guest/qmp/qmp-guest.ts';
import { readMonitor } from '../../guest/qmp/read-monitor.ts';
import { withQmp } from '../../guest/qmp/session.ts';
import { requireFunctions } from '../../host/require-functions.ts';
import type { PciAddress } from '../../pci/address.ts';
import { refuseTwice } from '../../pci/named-once.ts';
import { type MonitorDetachPlan, planMonitorDetach, releasesAfterGuest } from '../../plan/detach-from-monitor.ts';
import { type GuestReport, requireUnchanged } from '../../plan/guest-plan.ts';
import { presentInMonitor } from '../../plan/unchanged.ts';
import type { AppContext } from '../context.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange } from './run-change.ts';

export interface MonitorDetachOptions extends GuestChangeOptions {
  /** Give them back to their host drivers. */
  readonly release: boolean;
}

/** Takes functions from the guest of a monitor, then gives them back to their host drivers: what is gone goes back, whatever the others do. */
export async function detachFromMonitor(
  context: AppContext,
  socket: string,
  addresses: readonly PciAddress[],
  options: MonitorDetachOptions,
): Promise<GuestReport> {
  refuseTwice(addresses);
  return withQmp(socket, options.signal, (qmp) =>
    runGuestChange<MonitorDetachPlan & PlannedGuestChange>(context, options, {
      isLocal: true,
      execute: executeEach,
      // By which name QEMU has them, and to which drivers they go.
      requireSame: (first, now) => requireUnchanged(now.shown, [first.devices, first.shown.steps], [now.devices, now.shown.steps]),
      plan: async ({ port }) => {
        const state = await readMonitor(qmp, socket);
        const guest = qmpGuest(qmp, socket);
        const present = presentInMonitor(state, addresses);
        const released = options.release ? present.rest : [];
        const releases = releasesAfterGuest(await requireFunctions(port, released), await whoTook(port, options.stateDirectory));
        return { guest, ...planMonitorDetach(guest, state, present, releases) };
      },
    }),
  );
}
