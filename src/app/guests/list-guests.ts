/** `hostdev guests`: guests of a libvirt and the functions they hold. */
import { readFound, unlessGone } from '../../guest/libvirt/read-guest.ts';
import { type DomainRef, type Libvirt, overMany } from '../../libvirt/index.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { refusalsToGive } from '../../plan/assignable.ts';
import { type GuestRow, guestRow, type GuestStart } from '../../state/guest-row.ts';
import { type GuestState, sourcesIn } from '../../state/guest-state.ts';
import { type Judgment, judgmentOf } from '../../state/judge.ts';
import type { AppContext } from '../context.ts';
import { viewHost, viewing } from '../host-view.ts';

/** A guest, the functions of its definition, and whether it starts with its host. */
export interface ListedGuest {
  readonly guest: GuestState;
  readonly sources: readonly PciAddress[];
  readonly autostart: boolean;
}

/** Every guest, by name. */
export async function listGuests(context: AppContext, libvirt: Libvirt): Promise<GuestRow[]> {
  return guestRows(context, libvirt, await readGuests(libvirt, await libvirt.listDomains()));
}

/** What there is of guests that were listed just now; those that have gone meanwhile are left out. */
export async function readGuests(libvirt: Libvirt, domains: readonly DomainRef[]): Promise<ListedGuest[]> {
  const found = await overMany(libvirt, domains, async (each, domain) => {
    const guest = await readFound(each, domain).catch(unlessGone);
    if (guest === undefined) return [];
    return [{ guest, sources: sourcesIn(guest.config), autostart: guest.config !== undefined && (await each.autostart(guest.ref)) }];
  });
  return found.flat();
}

/** Guests, by name, with what their next start meets on this host. */
export async function guestRows(context: AppContext, { isLocal }: Pick<Libvirt, 'isLocal'>, guests: readonly ListedGuest[]): Promise<GuestRow[]> {
  const view = viewing(context);
  const rows: GuestRow[] = [];
  for (const { guest, sources, autostart } of guests) {
    // What runs has started; what is elsewhere cannot be looked at. The host is read once, for the first that has functions.
    const isToStart = isLocal && sources.length > 0 && (autostart || guest.live === undefined);
    rows.push(guestRow(guest, { autostart, host: isToStart ? startFacts((await viewHost(view)).judgments, sources) : undefined }));
  }
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the start of a guest would meet on this host: functions that are not there, and what keeps the others from it. */
function startFacts(judgments: readonly Judgment[], sources: readonly PciAddress[]): GuestStart['host'] {
  const found = sources.map((source) => judgmentOf(judgments, source));
  return {
    absent: sources.filter((_, at) => found[at] === undefined).map(formatPciAddress),
    refusals: refusalsToGive(found.filter((judgment) => judgment !== undefined)).filter(
      ({ code }) => code === 'function-not-assignable' || code === 'group-incomplete',
    ),
  };
}
