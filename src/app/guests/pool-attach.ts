/** `hostdev attach GUEST --pool NETWORK`: a function that libvirt chooses. */
import { randomBytes } from 'node:crypto';
import { checkMac } from '../../domain/hostdev-xml.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { readGuest } from '../../guest/libvirt/read-guest.ts';
import { planPoolAttach, poolSelector, refuseInterfaceThere, withChosenPlace } from '../../plan/attach-from-pool.ts';
import type { GuestReport } from '../../plan/guest-plan.ts';
import { requireSameGuest, requireSameRun } from '../../plan/guest-scope.ts';
import type { AppContext } from '../context.ts';
import { guestOfLibvirt, type LibvirtPlan } from './libvirt-guest.ts';
import { refusePoolInUse } from './pool.ts';
import { type GuestChangeOptions, runGuestChange } from './run-change.ts';
import { requireActivePool } from '../../guest/libvirt/read-pools.ts';

/** What is asked for: which guest, and of which pool. */
export interface PoolWish {
  readonly word: string;
  readonly network: string;
  /** One of our own making when missing: it is how the interface is found again. */
  readonly mac: string | undefined;
  readonly vlan: number | undefined;
}

/** Gives a guest whichever function a pool has left. */
export async function attachFromPool(
  context: AppContext,
  link: LibvirtLink,
  { word, network, mac, vlan }: PoolWish,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  // Chosen once: the plan is made again under the lock.
  const wanted = { network, vlan, mac: mac === undefined ? ownMac() : checkMac(mac) };
  const open = guestOfLibvirt(link, word);
  const report = await runGuestChange<LibvirtPlan>(context, options, {
    plan: async (view, told) => {
      const pool = await requireActivePool(await link.get(told.signal), network);
      if (link.isLocal) await refusePoolInUse(view, pool, told);
      const guest = await open(told);
      refuseInterfaceThere(guest.state, wanted);
      return { ...guest, ...planPoolAttach(guest, wanted) };
    },
    isLocal: link.isLocal,
    requireSame: (first, now) => requireSameGuest(first.state, now.state),
    requireSameRun: (first, now) => requireSameRun(first.state, now.state),
  });
  if (!report.applied) return report;
  return withChosenPlace(report, await readGuest(await link.get(), { uuid: report.uuid ?? '', name: report.guest, id: -1 }), poolSelector(wanted));
}

/** QEMU's own prefix, as libvirt makes them. */
export function ownMac(): string {
  return `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}
