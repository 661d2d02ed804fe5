/** `hostdev attach qmp:SOCKET`: the same without libvirt. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { qmpGuest } from '../../guest/qmp/qmp-guest.ts';
import { readMonitor } from '../../guest/qmp/read-monitor.ts';
import { withQmp } from '../../guest/qmp/session.ts';
import { refuseTwice } from '../../pci/named-once.ts';
import { planMonitorAttach, refusePresent, refuseUnready, refuseWhatQemuCannot } from '../../plan/attach-to-monitor.ts';
import { type GuestReport, requireUnchanged } from '../../plan/guest-plan.ts';
import { missingInMonitor } from '../../plan/unchanged.ts';
import { requireAssignable } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { planPreparesOf } from './handover.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange } from './run-change.ts';

/** Gives functions to the guest of a monitor: host first, guest then; all or none. Those that it has stay as they are. */
export async function attachToMonitor(context: AppContext, socket: string, specs: readonly HostdevSpec[], options: GuestChangeOptions): Promise<GuestReport> {
  refuseTwice(specs.map(({ source }) => source));
  refuseWhatQemuCannot(specs);
  return withQmp(socket, options.signal, (qmp) =>
    runGuestChange(context, options, {
      plan: async (view, told): Promise<PlannedGuestChange> => {
        const state = await readMonitor(qmp, socket);
        const guest = qmpGuest(qmp, socket);
        const missing = missingInMonitor(state, specs);
        const { rest } = missing;
        refusePresent(state, rest);
        const addresses = rest.map(({ source }) => source);
        const functions =
          rest.length === 0 ? [] : await requireAssignable(view, addresses, { ...told, to: { name: state.name, has: state.hostdevs.map(({ host }) => host) } });
        refuseUnready(functions, rest);
        const ours = rest.map(() => ({ managed: false }));
        return { guest, ...planMonitorAttach(guest, state, missing, await planPreparesOf(view, functions, ours)) };
      },
      isLocal: true,
      // The steps name the ports.
      requireSame: (first, now) => requireUnchanged(now.shown, [first.shown.functions, first.shown.steps], [now.shown.functions, now.shown.steps]),
    }),
  );
}
