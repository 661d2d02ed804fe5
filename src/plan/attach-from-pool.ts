/** The plan of giving a guest whichever function a pool has left. */
import { formatPoolInterface } from '../domain/hostdev-xml.ts';
import { HostdevError } from '../errors.ts';
import { devicePresence, type DeviceSelector, findDevice, type GuestState } from '../state/guest-state.ts';
import type { ChangedGuest, PlannedForGuest } from './attach-to-guest.ts';
import { planAttach } from './attach.ts';
import { type GuestReport, placeOf, showChanges } from './guest-plan.ts';

/** The interface that a guest gets. */
export interface PoolInterface {
  /** Name of the pool. */
  readonly network: string;
  /** By which it is found again. */
  readonly mac: string;
  readonly vlan: number | undefined;
}

/** The device of such an interface. */
export function poolSelector({ network, mac }: PoolInterface): DeviceSelector {
  return { mac, pools: [network] };
}

/** @throws {HostdevError} `hostdev-present`. */
export function refuseInterfaceThere(state: GuestState, wanted: PoolInterface): void {
  const { live, config } = devicePresence(state, poolSelector(wanted));
  if (live === 'no' && config === 'no') return;
  const { mac } = wanted;
  throw new HostdevError('hostdev-present', `${state.ref.name} has an interface with ${mac} already`, { subject: mac, hint: 'give another --mac' });
}

/** Gives a guest an interface of a pool. libvirt chooses the function, and its place, in the guest that runs; the definition gets the same place. */
export function planPoolAttach({ name, state, parts }: ChangedGuest, wanted: PoolInterface): PlannedForGuest {
  const { network, mac } = wanted;
  const selector = poolSelector(wanted);
  const presence = devicePresence(state, selector);
  const { ref } = state;
  const text = formatPoolInterface(wanted).join('\n');
  const change = planAttach(name, parts, { selector, text, presence, place: parts.live && parts.config ? 'as it runs' : undefined });
  const functions = [{ address: `${mac} of pool ${network}`, guestAddress: null, uid: null, fid: null, ...parts }];
  return {
    changes: [change],
    shown: {
      ...{ verb: 'attach', guest: ref.name, uuid: ref.uuid, state: state.state, functions, unchanged: [], notes: [], versions: null },
      steps: showChanges([change], () => ` from the pool ${network}`),
    },
  };
}

/** The report with the place that libvirt has chosen. */
export function withChosenPlace(report: GuestReport, state: GuestState, selector: DeviceSelector): GuestReport {
  const at = (findDevice(state.live, selector) ?? findDevice(state.config, selector))?.address;
  return { ...report, functions: report.functions.map((each) => ({ ...each, ...placeOf(at) })) };
}
