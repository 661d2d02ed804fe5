/** `hostdev migrate-check GUEST`: what keeps a guest from being migrated, where functions of the host are concerned. */
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { sourcesIn } from '../../state/guest-state.ts';
import { judgeMigration, type MigrationReport } from '../../state/migration.ts';
import type { AppContext } from '../context.ts';

/** @throws {HostdevError} `guest-unknown`. */
export async function checkMigration({ port }: AppContext, link: LibvirtLink, word: string): Promise<MigrationReport> {
  const guest = await openGuest(await link.get(), word);
  const drivers = new Map<string, string | undefined>();
  for (const source of link.isLocal ? sourcesIn(guest.live ?? guest.config) : []) {
    drivers.set(formatPciAddress(source), (await readNodeDevice(port, source))?.driver);
  }
  return judgeMigration(guest, (source) => drivers.get(formatPciAddress(source)));
}
