/** `hostdev guests`: guests of a libvirt and the functions they hold. */
import { readFound, unlessGone } from '../../guest/libvirt/read-guest.ts';
import { type Libvirt, overMany } from '../../libvirt/index.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { refusalsToGive } from '../../plan/assignable.ts';
import { type GuestRow, guestRow, type GuestStart } from '../../state/guest-row.ts';
import { sourcesIn } from '../../state/guest-state.ts';
import { type Judgment, judgmentOf } from '../../state/judge.ts';
import type { AppContext } from '../context.ts';
import { viewHost, viewing } from '../host-view.ts';

/** Every guest, by name. */
export async function listGuests(context: AppContext, libvirt: Libvirt): Promise<GuestRow[]> {
  const view = viewing(context);
  const rows = await overMany(libvirt, await libvirt.listDomains(), async (each, domain) => {
    const guest = await readFound(each, domain).catch(unlessGone);
    if (guest === undefined) return [];
    const autostart = guest.config !== undefined && (await each.autostart(guest.ref));
    const sources = sourcesIn(guest.config);
    // What runs has started; what is elsewhere cannot be looked at. The host is read once, for the first that has functions.
    const isToStart = each.isLocal && sources.length > 0 && (autostart || guest.live === undefined);
    return [guestRow(guest, { autostart, host: isToStart ? startFacts((await viewHost(view)).judgments, sources) : undefined })];
  });
  return rows.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
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
