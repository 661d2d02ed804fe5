/** What guests have, as a wish. */
import { readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import { findDevice, type GuestState } from '../../state/guest-state.ts';
import type { WishFile } from '../../wish/schema.ts';

type WrittenGuest = NonNullable<WishFile['guests']>[number];
type WrittenHostdev = WrittenGuest['hostdevs'][number];

/** Guests that have functions of the host, with those. */
export function exportGuests(guests: readonly GuestState[]): WrittenGuest[] {
  return guests.flatMap((guest) => {
    const hostdevs = hostdevsOf(guest);
    return hostdevs.length === 0 ? [] : [{ guest: guest.ref.name, hostdevs }];
  });
}

function hostdevsOf(guest: GuestState): WrittenHostdev[] {
  const { live, config } = guest;
  const defined = sourced(config);
  // An interface that only what runs has came from a pool, and another one comes the next time.
  const plugged = sourced(live).filter((each) => each.form === 'hostdev' && findDevice(config, { source: each.source }) === undefined);
  return [
    ...defined.map((each) => {
      const isPlugged = live === undefined || saysSame(findDevice(live, { source: each.source }), each);
      return written(each, isPlugged ? undefined : 'config');
    }),
    ...plugged.map((each) => written(each, 'live')),
  ];
}

type Sourced = Hostdev & { readonly source: NonNullable<Hostdev['source']> };

function sourced(xml: string | undefined): Sourced[] {
  const all = xml === undefined ? [] : readHostdevs(readDomain(xml));
  return all.flatMap((each) => (each.source === undefined ? [] : [{ ...each, source: each.source }]));
}

function saysSame(live: Hostdev | undefined, { managed, address }: Hostdev): boolean {
  const ids = address?.zpci ?? {};
  const now = live?.address?.zpci ?? {};
  return live !== undefined && live.managed === managed && (ids.uid ?? now.uid) === now.uid && (ids.fid ?? now.fid) === now.fid;
}

function written({ source, managed, address }: Sourced, scope: WrittenHostdev['scope']): WrittenHostdev {
  const { uid, fid } = address?.zpci ?? {};
  return {
    function: formatPciAddress(source),
    ...(scope === undefined ? {} : { scope }),
    ...(managed ? {} : { managed: false }),
    ...(uid === undefined ? {} : { uid: formatUid(uid) }),
    ...(fid === undefined ? {} : { fid: formatFid(fid) }),
  };
}

/** Functions that libvirt has taken from the host for a guest that runs, and gives back. */
export function runningManaged(guests: readonly GuestState[]): ReadonlySet<string> {
  return new Set(guests.flatMap(({ live }) => sourced(live).flatMap(({ managed, source }) => (managed ? [formatPciAddress(source)] : []))));
}
