/** `hostdev attach GUEST --pool NETWORK`: a function that libvirt chooses. */
import { randomBytes } from 'node:crypto';
import type { GuestAddress } from '../../domain/guest-address.ts';
import { checkMac, formatPoolInterface } from '../../domain/hostdev-xml.ts';
import type { State } from '../../execute/journal/record.ts';
import { HostdevError } from '../../errors.ts';
import type { AppContext } from '../context.ts';
import type { GuestChangeOptions } from './attach.ts';
import { withGuestLog } from './change-log.ts';
import { findDevice, giveDevice, holdings, poolsFact, readState } from './device.ts';
import type { LibvirtLink } from './link.ts';
import { affectOf, openGuest, readGuest, requireSame, requireSameRun } from './open.ts';
import { type GuestPlan, type GuestReport, placeOf, requireAgreement, scopeWords } from './plan.ts';
import { refusePoolInUse, requirePool } from './pool.ts';
import { orBack, takeBack, undoOptions } from './undo.ts';

export interface PoolAttachment {
  readonly network: string;
  /** One of our own making when missing: it is how the interface is found again. */
  readonly mac: string | undefined;
  readonly vlan: number | undefined;
}

/** Gives a guest whichever function a pool has left. libvirt chooses it, and its place, in the guest that runs; the definition gets the same place. */
export async function attachFromPool(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  wanted: PoolAttachment,
  options: GuestChangeOptions,
): Promise<GuestReport> {
  const libvirt = await link.get(options.signal);
  const pool = await requirePool(libvirt, wanted.network);
  if (!pool.active)
    throw new HostdevError('network-unknown', `the pool '${pool.name}' is not active`, { subject: pool.name, hint: `start it: virsh net-start ${pool.name}` });
  if (link.isLocal) await refusePoolInUse(context, pool, options);
  const guest = await openGuest(libvirt, word);
  const affect = affectOf(guest, options.scope);
  const mac = wanted.mac === undefined ? ownMac() : checkMac(wanted.mac);
  const which = { mac, pools: [pool.name] };
  if (holdings(guest, which).live === 'yes' || holdings(guest, which).config === 'yes') {
    throw new HostdevError('hostdev-present', `${guest.ref.name} has an interface with ${mac} already`, { subject: mac, hint: 'give another --mac' });
  }
  const shown: GuestPlan = {
    verb: 'attach',
    guest: guest.ref.name,
    uuid: guest.ref.uuid,
    state: guest.state,
    functions: [{ address: `${mac} of pool ${pool.name}`, guestAddress: null, uid: null, fid: null, ...affect }],
    steps: [
      {
        on: affect.live ? 'guest' : 'definition',
        what: `a function of pool ${pool.name} with ${mac}: attach to ${scopeWords(affect)}`,
        undo: `${mac}: detach again`,
      },
    ],
    notes: [],
  };
  if (options.dryRun) return { ...shown, applied: false };
  await requireAgreement(shown, options.agree);
  return withGuestLog(context, link, options, async (recorded) => {
    const found = await openGuest(await link.get(options.signal), guest.ref.uuid);
    (options.agree === undefined ? requireSameRun : requireSame)(guest, found);
    const before = { ...holdings(found, which), ...poolsFact(which), uri: link.uri, guest: guest.ref.uuid };
    const goal = { live: affect.live ? 'yes' : 'no', config: affect.config ? 'yes' : 'no' };
    const give = async (): Promise<State> => {
      if (affect.live) await giveDevice(link, guest.ref, which, poolInterface(wanted, mac, undefined), { live: true, config: false }, options.signal);
      const at = affect.live ? findDevice((await readGuest(await link.get(), guest.ref)).live, which)?.address : undefined;
      if (affect.config) await giveDevice(link, guest.ref, which, poolInterface(wanted, mac, at), { live: false, config: true });
      return goal;
    };
    const back = (): Promise<void> => takeBack(link, guest.ref, which, affect, undoOptions(options));
    await recorded(
      'attach',
      { subject: `${mac} in ${guest.ref.name}`, before, wanted: goal },
      () => orBack(give, back),
      () => readState(link, guest.ref, which),
    );
    const now = await readGuest(await link.get(), guest.ref);
    const at = findDevice(affect.live ? now.live : now.config, which)?.address;
    return { ...shown, functions: shown.functions.map((each) => ({ ...each, ...placeOf(at) })), applied: true };
  });
}

/** QEMU's own prefix, as libvirt makes them. */
function ownMac(): string {
  return `52:54:00:${[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;
}

/** At the place that libvirt has chosen, with the ids of IBM Z. */
function poolInterface({ network, vlan }: PoolAttachment, mac: string, at: GuestAddress | undefined): string {
  const place = at?.pci === undefined ? {} : { guestAddress: at.pci, zpci: at.zpci };
  return formatPoolInterface({ network, mac, vlan, ...place }).join('\n');
}
