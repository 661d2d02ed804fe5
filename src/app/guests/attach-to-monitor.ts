/** `hostdev attach qmp:SOCKET`: the same without libvirt, so the host's side is ours from the first step to the last. */
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { qmpGuest } from '../../guest/qmp/qmp-guest.ts';
import { readMonitor } from '../../guest/qmp/read-monitor.ts';
import { withQmp } from '../../guest/qmp/session.ts';
import { formatPciAddress, samePciAddress } from '../../pci/address.ts';
import { planAttach } from '../../plan/attach.ts';
import { type GuestReport, requireUnchanged, showChanges } from '../../plan/guest-plan.ts';
import { formatAddition, formatAdditionPlace, placeInMonitor } from '../../plan/monitor-placement.ts';
import type { MonitorState } from '../../state/monitor-state.ts';
import type { Qmp } from '../../qmp/client/qmp.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { mustBePrepared, notPrepared, planHandover, requireGivable } from './host-side.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange } from './run-change.ts';

/** Gives functions to the guest of a monitor: host first, guest then; all or none. */
export async function attachToMonitor(context: AppContext, socket: string, specs: readonly HostdevSpec[], options: GuestChangeOptions): Promise<GuestReport> {
  refuseTwice(specs.map(({ source }) => source));
  refuseWhatQemuCannot(specs);
  return withQmp(socket, options.signal, (qmp) =>
    runGuestChange(context, options, {
      plan: (view, told) => planFor(view, { qmp, socket, specs }, told),
      isLocal: true,
      // The steps name the ports.
      requireSame: (first, now) => requireUnchanged(now.shown, [first.shown.functions, first.shown.steps], [now.shown.functions, now.shown.steps]),
    }),
  );
}

function refuseWhatQemuCannot(specs: readonly HostdevSpec[]): void {
  if (specs.some(({ interface: nic }) => nic !== undefined)) {
    throw new HostdevError('option-conflict', 'QEMU does not set MAC addresses and VLANs of functions', {
      hint: "set them on the host first: 'hostdev vf set ADDRESS --mac … --vlan …', and leave --interface out",
    });
  }
}

const LIVE = { live: true, config: false };

interface MonitorWish {
  readonly qmp: Qmp;
  readonly socket: string;
  readonly specs: readonly HostdevSpec[];
}

async function planFor(context: AppContext, { qmp, socket, specs }: MonitorWish, options: GuestChangeOptions): Promise<PlannedGuestChange> {
  const state = await readMonitor(qmp, socket);
  refusePresent(state, specs);
  const functions = await requireGivable(
    context,
    specs.map(({ source }) => source),
    { ...options, to: { name: state.name, has: state.hostdevs.map(({ host }) => host) } },
  );
  for (const [i, each] of functions.entries()) {
    // Unmanaged is: somebody else has readied it.
    if (mustBePrepared(each, specs[i]?.managed !== false)) throw notPrepared(each, ', and --managed no leaves the host alone');
  }
  const additions = placeInMonitor(state, specs);
  const guest = qmpGuest(qmp, socket);
  // Nobody but us takes them; function 0 comes last: only then does the guest look at the slot.
  const changes = [
    ...(await planHandover(
      context,
      functions,
      specs.map(() => ({ managed: false })),
    )),
    ...[...additions]
      .sort((a, b) => (b.function ?? 0) - (a.function ?? 0))
      .map((addition) =>
        planAttach(guest, LIVE, { selector: { source: addition.spec.source }, text: formatAddition(addition), presence: { live: 'no', config: 'no' } }),
      ),
  ];
  const where = (device: string): string =>
    additions.flatMap((each) => (formatPciAddress(each.spec.source) === device ? formatAdditionPlace(each) : []))[0] ?? '';
  const shown = {
    verb: 'attach' as const,
    guest: `qmp:${socket}`,
    uuid: null,
    state: state.status,
    functions: additions.map(({ spec, zpci }) => ({
      address: formatPciAddress(spec.source),
      guestAddress: null,
      uid: zpci?.uid ?? null,
      fid: zpci?.fid ?? null,
      ...LIVE,
    })),
    steps: showChanges(changes, where),
    notes: [],
    versions: null,
  };
  return { guest, changes, shown };
}

function refusePresent({ hostdevs }: MonitorState, specs: readonly HostdevSpec[]): void {
  for (const { source } of specs) {
    const present = hostdevs.find(({ host }) => samePciAddress(host, source));
    if (present === undefined) continue;
    const name = formatPciAddress(source);
    throw new HostdevError('hostdev-present', `the guest already has ${name} as ${present.id}`, { subject: name, hint: 'detach it first' });
  }
}
