/** Devices that hostdev has given to guests and a wish does not name any more. */
import { HostdevError, unlessRefused } from '../../errors.ts';
import type { GivenDevice } from '../../execute/journal/given-devices.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parseSysfsName } from '../../pci/sysfs-name.ts';
import { planGuestDetach } from '../../plan/detach-from-guest.ts';
import { deviceSelector } from '../../plan/guest-device.ts';
import { presentIn } from '../../plan/unchanged.ts';
import { type DeviceSelector, findDevice, type GuestParts, type GuestState } from '../../state/guest-state.ts';
import type { DesiredState, WishedGuest } from '../../wish/wish.ts';
import { guestOfLibvirt } from '../guests/libvirt-guest.ts';
import { viewHost } from '../host-view.ts';
import { resolveSelector } from './resolve-selector.ts';
import { uuidIfKnown } from './wished-guest.ts';
import type { Looking, WishItem } from './wish-item.ts';
import { onAnotherHost, requireLocal, type WithLibvirt } from './with-libvirt.ts';

interface Given {
  readonly all: readonly GivenDevice[];
  readonly libvirt: WithLibvirt | undefined;
}

/** Devices that hostdev gave to guests, which still have them; what came from a pool is named by its MAC address. */
export async function guestsToPrune(looking: Looking, wish: DesiredState, { all, libvirt }: Given): Promise<WishItem[]> {
  if (all.length === 0) return [];
  if (libvirt === undefined) throw onAnotherHost();
  const link = await requireLocal(libvirt);
  const domains = await (await link.get(libvirt.options.signal)).listDomains();
  const named = await Promise.all(wish.guests.map(async (wished) => ({ wished, uuid: await uuidIfKnown(libvirt, wished.guest) })));
  const toTake = new Map<string, GivenDevice[]>();
  for (const each of all.filter(({ uri }) => uri === link.uri)) {
    // A guest that is gone has nothing to be taken, and whoever has its name now is another one.
    const domain = domains.find(({ uuid }) => uuid === each.guest);
    if (domain === undefined) continue;
    const kept = named.filter(({ uuid }) => uuid === domain.uuid).map(({ wished }) => wished);
    const held = { device: each.device, domain, mapped: libvirt.mapped };
    const isNamed = isOfPool(each) ? isInterfaceIn(kept, each.device) : await isNamedIn(looking, kept, held);
    if (!isNamed) toTake.set(each.guest, [...(toTake.get(each.guest) ?? []), each]);
  }
  return [...toTake].map(([guest, given]): WishItem => ({ plan: () => planTaking(libvirt, guest, given) }));
}

function isOfPool({ device }: GivenDevice): boolean {
  return parseSysfsName(device) === undefined;
}

function isInterfaceIn(guests: readonly WishedGuest[], mac: string): boolean {
  return guests.some(({ interfaces }) => interfaces.some((each) => each.mac === mac.toLowerCase()));
}

interface Held {
  readonly device: string;
  readonly domain: GuestState['ref'];
  readonly mapped: WithLibvirt['mapped'];
}

async function isNamedIn(looking: Looking, guests: readonly WishedGuest[], { device, domain, mapped }: Held): Promise<boolean> {
  const { functions } = (await viewHost(looking.view)).state;
  const isThere = functions.some(({ address }) => formatPciAddress(address) === device);
  for (const { function: selector } of guests.flatMap(({ hostdevs }) => hostdevs)) {
    if (selector.kind === 'mapping') {
      const addresses = await mapped.of(looking, domain, selector).catch(unlessRefused);
      // Whoever gives it says why nobody knows.
      if (addresses === undefined || addresses.some((each) => formatPciAddress(each) === device)) return true;
      continue;
    }
    const found = await resolveSelector(looking, selector).catch(unlessRefused);
    const address = found !== undefined && 'address' in found ? formatPciAddress(found.address) : undefined;
    // What is not there yet, as a function in a slot on standby, may be what the definition has.
    if (address === device || (address === undefined && !isThere)) return true;
  }
  return false;
}

/** A guest that is gone, or has let go, has nothing to be taken. */
async function planTaking(libvirt: WithLibvirt, uuid: string, given: readonly GivenDevice[]): ReturnType<WishItem['plan']> {
  const link = await requireLocal(libvirt);
  const open = async (scope: 'current' | 'persistent') => guestOfLibvirt(link, uuid)({ ...libvirt.options, scope });
  const guest = await open('persistent').catch(async (error: unknown) => {
    if (!(error instanceof HostdevError)) throw error;
    if (error.code === 'guest-unknown') return undefined;
    // One without definition.
    return open('current');
  });
  if (guest === undefined) return { changes: [] };
  libvirt.guests.set(guest.guest.id, guest.guest);
  const changes = given.flatMap((each) => {
    const selector = deviceSelector(each.device, { pools: each.pools ?? null });
    const parts = partsToTake(guest, selector, each);
    return planGuestDetach({ ...guest, parts }, presentIn(guest.state, parts, [selector])).changes;
  });
  return { changes };
}

/** What of a guest has the function from hostdev. */
function partsToTake(
  { state, parts }: { readonly state: GuestState; readonly parts: GuestParts },
  selector: DeviceSelector,
  { live, config }: GivenDevice,
): GuestParts {
  const isDefinedByOthers = !config && findDevice(state.config, selector) !== undefined;
  // What the definition has the guest has by that, at its next start at the latest.
  return { live: parts.live && live && !isDefinedByOthers, config: parts.config && config };
}
