/** `hostdev migrate-check GUEST`: what keeps a guest from being migrated, where functions of the host are concerned. */
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { readNodeDevice } from '../../host/inventory.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { type GuestState, sourcesIn } from '../../state/guest-state.ts';
import { type DriverOf, judgeMigration, type MigrationReport } from '../../state/migration.ts';
import type { AppContext } from '../context.ts';

/** A guest, and the drivers of its functions on this host. */
export interface MigratingGuest {
  readonly guest: GuestState;
  readonly driverOf: DriverOf;
}

/** @throws {HostdevError} `guest-unknown`. */
export async function checkMigration(context: AppContext, link: LibvirtLink, word: string): Promise<MigrationReport> {
  const { guest, driverOf } = await readMigrating(context, link, word);
  return judgeMigration(guest, driverOf);
}

/** @throws {HostdevError} `guest-unknown`. */
export async function readMigrating({ port }: AppContext, link: LibvirtLink, word: string): Promise<MigratingGuest> {
  const guest = await openGuest(await link.get(), word);
  const drivers = new Map<string, string | undefined>();
  for (const source of link.isLocal ? sourcesIn(guest.live ?? guest.config) : []) {
    drivers.set(formatPciAddress(source), (await readNodeDevice(port, source))?.driver);
  }
  return { guest, driverOf: (source) => drivers.get(formatPciAddress(source)) };
}
