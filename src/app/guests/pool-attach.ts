/** `hostdev attach GUEST --pool NETWORK`: a function that libvirt chooses. */
import { randomBytes } from 'node:crypto';
import { checkMac, formatPoolInterface } from '../../domain/hostdev-xml.ts';
import { HostdevError } from '../../errors.ts';
import { libvirtGuest } from '../../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest, readGuest } from '../../guest/libvirt/read-guest.ts';
import { planAttach } from '../../plan/attach.ts';
import { type GuestReport, placeOf, showChanges } from '../../plan/guest-plan.ts';
import { requireSameGuest, requireSameRun, scopeParts } from '../../plan/guest-scope.ts';
import { devicePresence, type DeviceSelector, findDevice, type GuestParts, type GuestState } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';
import { refusePoolInUse, requirePool } from './pool.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange } from './run-change.ts';

interface PoolAttachment {
  readonly network: string;
  /** One of our own making when missing: it is how the interface is found again. */
  readonly mac: string | undefined;
  readonly vlan: number | undefined;
}

/** What is asked for: which guest, and of which pool. */
export interface PoolWish extends PoolAttachment {
  readonly word: string;
}

interface PoolPlan extends PlannedGuestChange {
  readonly state: GuestState;
  readonly parts: GuestParts;
}

/** Gives a guest whichever function a pool has left. libvirt chooses it, and its place, in the guest that runs; the definition gets the same place. */
export async function attachFromPool(context: AppContext, link: LibvirtLink, { word, ...wanted }: PoolWish, options: GuestChangeOptions): Promise<GuestReport> {
  // Chosen once: the plan is made again under the lock.
  const mac = wanted.mac === undefined ? ownMac() : checkMac(wanted.mac);
  const selector: DeviceSelector = { mac, pools: [wanted.network] };
  const plan = async (view: AppContext, told: GuestChangeOptions): Promise<PoolPlan> => {
    const libvirt = await link.get(told.signal);
    const pool = await requirePool(libvirt, wanted.network);
    if (!pool.active)
      throw new HostdevError('network-unknown', `the pool '${pool.name}' is not active`, {
        subject: pool.name,
        hint: `start it: virsh net-start ${pool.name}`,
      });
    if (link.isLocal) await refusePoolInUse(view, pool, told);
    const state = await openGuest(libvirt, word);
    const parts = scopeParts(state, told.scope);
    const presence = devicePresence(state, selector);
    if (presence.live === 'yes' || presence.config === 'yes') {
      throw new HostdevError('hostdev-present', `${state.ref.name} has an interface with ${mac} already`, { subject: mac, hint: 'give another --mac' });
    }
    const guest = libvirtGuest(link, state.ref);
    const text = formatPoolInterface({ network: wanted.network, mac, vlan: wanted.vlan }).join('\n');
    const change = planAttach(guest, parts, { selector, text, presence, place: parts.live && parts.config ? 'as it runs' : undefined });
    const { ref } = state;
    const shown = {
      verb: 'attach' as const,
      ...{ guest: ref.name, uuid: ref.uuid, state: state.state, notes: [], versions: null },
      functions: [{ address: `${mac} of pool ${pool.name}`, guestAddress: null, uid: null, fid: null, ...parts }],
      steps: showChanges([change], () => ` from the pool ${pool.name}`),
    };
    return { state, parts, guest, changes: [change], shown };
  };
  const report = await runGuestChange(context, options, {
    plan,
    isLocal: link.isLocal,
    requireSame: (first, now) => requireSameGuest(first.state, now.state),
    requireSameRun: (first, now) => requireSameRun(first.state, now.state),
  });
  return report.applied ? placed(report, await readGuest(await link.get(), { uuid: report.uuid ?? '', name: report.guest, id: -1 }), selector) : report;
}

/** The report with the place that libvirt has chosen. */
function placed(report: GuestReport, state: GuestState, selector: DeviceSelector): GuestReport {
  const at = (findDevice(state.live, selector) ?? findDevice(state.config, selector))?.address;
  return { ...report, functions: report.functions.map((each) => ({ ...each, ...placeOf(at) })) };
}

/** QEMU's own prefix, as libvirt makes them. */
function ownMac(): string {
  return `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}
