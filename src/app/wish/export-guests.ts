/** What guests have, as a wish. */
import { readDomain } from '../../domain/domain.ts';
import { networkOf } from '../../domain/interface-networks.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import type { InterfaceSpec } from '../../domain/hostdev-xml.ts';
import { interfaceSet, isUnsaid } from '../../domain/interface-set.ts';
import type { Problem } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import { findDevice, type GuestState, isFromPool } from '../../state/guest-state.ts';
import type { UsedPool } from '../../plan/pool-users.ts';
import type { WishFile } from '../../wish/schema.ts';
import { type PluggedFromPool, pluggedFromPools } from './plugged-from-pools.ts';

type WrittenGuest = NonNullable<WishFile['guests']>[number];
type WrittenHostdev = WrittenGuest['hostdevs'][number];
type WrittenInterface = NonNullable<WrittenGuest['interfaces']>[number];

/**
 * Guests that have functions of the host, with those.
 *
 * @param pools - the networks that hand out functions.
 */
export function exportGuests(guests: readonly GuestState[], pools: readonly UsedPool[], notes: Problem[]): WrittenGuest[] {
  const names = new Set(pools.map(({ name }) => name));
  const pluggedIn = pluggedFromPools(guests, pools, notes);
  return guests.flatMap((guest) => {
    const plugged = pluggedIn.get(guest.ref.uuid) ?? [];
    const hostdevs = hostdevsOf(guest, plugged);
    const interfaces = [...interfacesOf(guest, names), ...plugged.map(writtenPlugged)];
    notes.push(...unsaidIn(guest, names, plugged));
    if (hostdevs.length + interfaces.length === 0) return [];
    return [{ guest: guest.ref.name, hostdevs, ...(interfaces.length === 0 ? {} : { interfaces }) }];
  });
}

function hostdevsOf(guest: GuestState, fromPools: readonly PluggedFromPool[]): WrittenHostdev[] {
  const { live, config } = guest;
  const defined = sourced(config);
  const plugged = sourced(live).filter(
    (each) => !isFromPool(config, each) && !isAmong(fromPools, each) && findDevice(config, { source: each.source }) === undefined,
  );
  return [
    ...defined.map((each) => {
      const isPlugged = live === undefined || saysSame(findDevice(live, { source: each.source }), each);
      return written(each, isPlugged ? undefined : 'config');
    }),
    ...plugged.map((each) => written(each, 'live')),
  ];
}

/** Interfaces whose function a pool chooses: the definition has the pool's name, what runs has the function instead. */
function interfacesOf({ live, config }: GuestState, pools: ReadonlySet<string>): WrittenInterface[] {
  return pooled(config, pools).map(({ network, mac, hostdev }): WrittenInterface => {
    const vlan = interfaceSet(hostdev)?.vlan;
    const plugged = findDevice(live, { mac, pools: [network] });
    const isPlugged = live === undefined || (plugged !== undefined && interfaceSet(plugged)?.vlan === vlan);
    return { network, mac, ...(isPlugged ? {} : { scope: 'config' as const }), ...(vlan === undefined ? {} : { vlan }) };
  });
}

function writtenPlugged({ network, mac, hostdev }: PluggedFromPool): WrittenInterface {
  const vlan = interfaceSet(hostdev)?.vlan;
  return { network, mac, scope: 'live', ...(vlan === undefined ? {} : { vlan }) };
}

function isAmong(fromPools: readonly PluggedFromPool[], { element }: Hostdev): boolean {
  return fromPools.some(({ hostdev }) => hostdev.element.start === element.start);
}

interface Pooled {
  readonly network: string;
  readonly mac: string;
  readonly hostdev: Hostdev;
}

function pooled(config: string | undefined, pools: ReadonlySet<string>): Pooled[] {
  const defined = config === undefined ? [] : readHostdevs(readDomain(config), 'with pools');
  return defined.flatMap((hostdev): Pooled[] => {
    const { source, form, element, mac } = hostdev;
    const network = source === undefined && form === 'interface' ? networkOf(element) : undefined;
    return network === undefined || mac === undefined || !pools.has(network) ? [] : [{ network, mac, hostdev }];
  });
}

type Sourced = Hostdev & { readonly source: NonNullable<Hostdev['source']> };

function sourced(xml: string | undefined): Sourced[] {
  const all = xml === undefined ? [] : readHostdevs(readDomain(xml));
  return all.flatMap((each) => (each.source === undefined ? [] : [{ ...each, source: each.source }]));
}

/** What of an interface cannot be written, which stays as it is where the function, or the interface of a pool, does. */
function unsaidIn({ ref, config, live }: GuestState, pools: ReadonlySet<string>, plugged: readonly PluggedFromPool[]): Problem[] {
  const given = sourced(config ?? live).filter((each) => isUnsaid(each) && (config !== undefined || !isAmong(plugged, each)));
  // Of those the wish has no virtual port at all.
  const ofPools = [...pooled(config, pools), ...plugged].filter(({ hostdev }) => isUnsaid(hostdev) || hostdev.virtualport !== undefined);
  return [...given.map(({ source }) => formatPciAddress(source)), ...ofPools.map(({ mac }) => mac)].map((name): Problem => {
    const message = `${name} in ${ref.name}: its VLANs, or its virtual port, are left out, which a wish cannot say`;
    return { code: 'interface-invalid', severity: 'warning', subject: name, message, hint: 'they stay as long as the guest keeps it' };
  });
}

function saysSame(live: Hostdev | undefined, defined: Hostdev): boolean {
  const ids = defined.address?.zpci ?? {};
  const now = live?.address?.zpci ?? {};
  if (live === undefined || live.managed !== defined.managed || (ids.uid ?? now.uid) !== now.uid || (ids.fid ?? now.fid) !== now.fid) return false;
  return JSON.stringify(interfaceSet(live)) === JSON.stringify(interfaceSet(defined));
}

function written(hostdev: Sourced, scope: WrittenHostdev['scope']): WrittenHostdev {
  const { source, managed, address } = hostdev;
  const { uid, fid } = address?.zpci ?? {};
  const set = interfaceSet(hostdev);
  return {
    function: formatPciAddress(source),
    ...(scope === undefined ? {} : { scope }),
    ...(managed ? {} : { managed: false }),
    ...(uid === undefined ? {} : { uid: formatUid(uid) }),
    ...(fid === undefined ? {} : { fid: formatFid(fid) }),
    ...(set === undefined ? {} : { interface: writtenInterface(set) }),
  };
}

function writtenInterface({ mac, vlan, virtualport }: InterfaceSpec): NonNullable<WrittenHostdev['interface']> {
  return {
    ...(mac === undefined ? {} : { mac }),
    ...(vlan === undefined ? {} : { vlan }),
    ...(virtualport === undefined ? {} : { virtualport: { type: '802.1Qbh' as const, profileid: virtualport.parameters['profileid'] ?? '' } }),
  };
}

/** Functions that libvirt has taken from the host for a guest that runs, and gives back. */
export function runningManaged(guests: readonly GuestState[]): ReadonlySet<string> {
  return new Set(guests.flatMap(({ live }) => sourced(live).flatMap(({ managed, source }) => (managed ? [formatPciAddress(source)] : []))));
}
