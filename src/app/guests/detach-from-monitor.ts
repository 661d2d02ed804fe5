/** `hostdev detach qmp:SOCKET`: the guest first, then the host driver. */
import { HostdevError } from '../../errors.ts';
import { executeEach } from '../../execute/executor.ts';
import { qmpGuest } from '../../guest/qmp/qmp-guest.ts';
import { readMonitor } from '../../guest/qmp/read-monitor.ts';
import { withQmp } from '../../guest/qmp/session.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import { guestFacts } from '../../plan/attach.ts';
import { type Change, guestSubject } from '../../plan/change.ts';
import { deviceSteps } from '../../plan/device-steps.ts';
import { type GuestReport, requireUnchanged, showChanges } from '../../plan/guest-plan.ts';
import { slotMates } from '../../plan/monitor-placement.ts';
import { planRelease } from '../../plan/release.ts';
import type { Transition } from '../../plan/transition.ts';
import type { GuestPort } from '../../guest/port.ts';
import type { MonitorState } from '../../state/monitor-state.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice, requireFunctions } from '../find.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange } from './run-change.ts';
import { whoTook } from '../../execute/journal/of-machine.ts';

export interface MonitorDetachOptions extends GuestChangeOptions {
  /** Give them back to their host drivers. */
  readonly release: boolean;
}

/** A function, and what QEMU calls its device. */
interface NamedDevice {
  readonly name: string;
  readonly id: string;
}

interface MonitorDetachPlan extends PlannedGuestChange {
  readonly devices: readonly NamedDevice[];
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
    runGuestChange<MonitorDetachPlan>(context, options, {
      isLocal: true,
      execute: executeEach,
      // By which name QEMU has them, and to which drivers they go.
      requireSame: (first, now) => requireUnchanged(now.shown, [first.devices, first.shown.steps], [now.devices, now.shown.steps]),
      plan: async (view): Promise<MonitorDetachPlan> => {
        const state = await readMonitor(qmp, socket);
        const guest = qmpGuest(qmp, socket);
        const devices = requireWhole(state, addresses);
        // Of a group none can go back while QEMU has another one of it.
        const changes = [
          ...addresses.map((address) => planMonitorDetach(guest, address)),
          ...(options.release ? await planReleases(view, addresses, options) : []),
        ];
        const functions = addresses.map((address) => ({
          address: formatPciAddress(address),
          guestAddress: null,
          uid: null,
          fid: null,
          live: true,
          config: false,
        }));
        const shown = {
          verb: 'detach' as const,
          guest: `qmp:${socket}`,
          uuid: null,
          state: state.status,
          functions,
          steps: showChanges(changes),
          notes: [],
          versions: null,
        };
        return { guest, changes, devices, shown };
      },
    }),
  );
}

/** Nothing brings a device back that QEMU has let go of: what it was given for a start is not to be read any more. */
function planMonitorDetach(guest: GuestPort, address: PciAddress): Change {
  const transition: Transition = {
    verb: 'detach',
    subject: guestSubject([formatPciAddress(address)], guest.name),
    before: { live: 'yes', config: 'no', ...guestFacts(guest) },
    wanted: { live: 'no', config: 'no' },
  };
  return { ...transition, steps: deviceSteps(transition, transition.before, transition.wanted), undo: [] };
}

async function planReleases(context: AppContext, addresses: readonly PciAddress[], { stateDirectory }: GuestChangeOptions): Promise<Change[]> {
  const took = await whoTook(context.port, stateDirectory);
  const devices = await requireFunctions(context.port, addresses);
  return devices.flatMap((device) => {
    const change = planRelease(device, took.get(formatPciAddress(device.address))?.before ?? {});
    return change === undefined ? [] : [{ ...change, afterGuest: true as const }];
  });
}

/** The devices as QEMU has them, once it is known that nothing else goes with them. */
function requireWhole({ hostdevs, devices }: MonitorState, addresses: readonly PciAddress[]): readonly NamedDevice[] {
  const named = addresses.map((address) => {
    const name = formatPciAddress(address);
    const found = hostdevs.find(({ host }) => samePciAddress(host, address));
    if (found === undefined) throw new HostdevError('hostdev-absent', `the guest does not have ${name}`, { subject: name, hint: 'another guest may have it' });
    return { name, id: found.id };
  });
  for (const { name, id } of named) {
    const left = slotMates(devices, id).filter((mate) => !named.some((device) => device.id === mate));
    if (left.length === 0) continue;
    throw new HostdevError('option-conflict', `${name} shares its slot in the guest with ${left.join(', ')}, which would go with it`, {
      subject: name,
      hint: 'name all functions of the slot',
    });
  }
  return named;
}
