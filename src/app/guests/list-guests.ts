/** `hostdev guests`: guests of a libvirt and the functions they hold. */
import { readFound, unlessGone } from '../../guest/libvirt/read-guest.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { type Libvirt, overMany } from '../../libvirt/index.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type GuestRow, guestRow } from '../../state/guest-row.ts';
import { type GuestState, sourcesIn } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';

/** Every guest, by name. */
export async function listGuests(context: AppContext, libvirt: Libvirt): Promise<GuestRow[]> {
  const rows = await overMany(libvirt, await libvirt.listDomains(), async (each, domain) => {
    const guest = await readFound(each, domain).catch(unlessGone);
    if (guest === undefined) return [];
    const autostart = guest.config !== undefined && (await each.autostart(guest.ref));
    return [guestRow(guest, { autostart, absent: autostart && each.isLocal ? await absentFunctions(context, guest) : undefined })];
  });
  return rows.flat().sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Functions of a definition that the host does not have: a guest that starts with the host takes its functions before anybody looks. */
async function absentFunctions({ port }: AppContext, { config }: GuestState): Promise<string[]> {
  const absent: string[] = [];
  for (const source of sourcesIn(config)) if ((await readNodeDevice(port, source)) === undefined) absent.push(formatPciAddress(source));
  return absent;
}
