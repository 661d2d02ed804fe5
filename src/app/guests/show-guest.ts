/** All of one guest: what runs and what is defined, where its devices are, what there is room for, what keeps it from being migrated. */
import { guestTopology, type TopologyResult } from '../../addressing/topology.ts';
import type { SpokenFor } from '../../addressing/libvirt/spoken-for.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { guestVersions } from '../../plan/attach-to-guest.ts';
import type { GuestRow } from '../../state/guest-row.ts';
import type { MigrationReport } from '../../state/migration.ts';
import type { AppContext } from '../context.ts';
import { viewing } from '../host-view.ts';
import { hostArchitecture } from '../place-options.ts';
import { versionsOfGuest } from './libvirt-guest.ts';
import { listGuests } from './list-guests.ts';
import { checkMigration } from './migrate-check.ts';
import { guestPorts, type PortsReport } from './ports.ts';

/** What runs, or what is defined. */
interface GuestPart {
  readonly xml: string;
  readonly topology: TopologyResult;
}

export interface ShownGuest {
  readonly row: GuestRow;
  readonly versions: SpokenFor;
  readonly live: GuestPart | undefined;
  readonly config: GuestPart | undefined;
  readonly ports: PortsReport;
  readonly migration: MigrationReport;
}

/** @throws {HostdevError} `guest-unknown`. */
export async function showGuest(context: AppContext, link: LibvirtLink, word: string): Promise<ShownGuest> {
  const view = viewing(context);
  const guest = await openGuest(await link.get(), word);
  const row = (await listGuests(view, await link.get())).find(({ uuid }) => uuid === guest.ref.uuid);
  if (row === undefined) throw new Error('a guest that is there is not among all of them');
  const options = { ...(await versionsOfGuest(view, link, guest)), newDefinition: false, accepted: true, defaultArch: hostArchitecture() };
  const part = (xml: string | undefined): GuestPart | undefined => (xml === undefined ? undefined : { xml, topology: guestTopology(xml, options) });
  return {
    row,
    versions: guestVersions(guest, options),
    live: part(guest.live),
    config: part(guest.config),
    ports: await guestPorts(view, link, guest.ref.uuid, { add: 0, dryRun: true }),
    migration: await checkMigration(view, link, guest.ref.uuid),
  };
}
