/** Whether a guest can be moved to another host of its fleet now: what keeps it here, and what would stand for each of its functions there. */
import { parseVersion } from '../../addressing/libvirt/version.ts';
import { readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { formatFid, formatUid } from '../../pci/zpci.ts';
import type { GuestState } from '../../state/guest-state.ts';
import { type DriverOf, judgeMigration, type MigrationFinding } from '../../state/migration.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import { shellWord } from '../../shell-word.ts';
import type { WholeFleet } from '../model/fleet-check.ts';
import { missingHost } from '../model/missing-host.ts';
import type { HostRecord, PublishedFunction } from '../model/records.ts';
import { functionWords } from '../model/view.ts';
import { unfit } from './candidates.ts';
import { expandOn } from './machine-fit.ts';
import { type AroundHosts, type Placement, placerOf } from './place.ts';
import type { PlacedFunction } from './placed-definition.ts';
import { functionsElsewhere, mappingOf } from './elsewhere.ts';

export interface MigrationWish {
  readonly guest: GuestState;
  /** Of functions of the host that it is on. */
  readonly driverOf: DriverOf;
  readonly from: string;
  readonly to: string;
}

/** Where a guest sees a function. */
interface GuestPlace {
  readonly address: string | null;
  readonly uid: string | null;
  readonly fid: string | null;
}

/** One function of the guest here, and the one that would stand for it there. */
export interface MovedFunction {
  /** `offline`: the guest does not run, so no state has to be moved. */
  readonly finding: Omit<MigrationFinding, 'effect'> & { readonly effect: MigrationFinding['effect'] | 'offline' };
  readonly place: GuestPlace;
  /** undefined where that host has none for it, or the device is no function. */
  readonly there: (PlacedFunction & { readonly place: GuestPlace }) | undefined;
}

export interface FleetMigration extends Pick<MigrationWish, 'guest' | 'from' | 'to'> {
  /** In the order of the guest's devices. */
  readonly functions: readonly MovedFunction[];
  readonly placement: Placement;
  /** Why it cannot be moved now; without any it can. */
  readonly problems: readonly Problem[];
  /** What may go wrong all the same. */
  readonly notes: readonly Problem[];
}

/**
 * Holds a guest as it runs, or as it is defined where it does not run, against a host of its fleet. A look: nothing is claimed.
 *
 * @throws {HostdevError} `fleet-host-unknown`, `usage` where the guest is on that host.
 */
export function checkFleetMigration(wish: MigrationWish, fleet: Omit<WholeFleet, 'requests' | 'reservations'> & Pick<AroundHosts, 'takenIds'>): FleetMigration {
  const { guest, from, to } = wish;
  if (from === to) throw new HostdevError('usage', `${guest.ref.name} is on ${to} already`, { subject: to, hint: 'name the host that it would be moved to' });
  const text = guest.live ?? guest.config ?? '';
  const elsewhere = functionsElsewhere(fleet, from);
  const there = fleet.hosts.find(({ record }) => record.host === to);
  if (there === undefined) throw missingHost(to, fleet.problems);
  const placement = placerOf({ text, file: undefined, home: from, elsewhere }, fleet)(there);
  const marked = fleet.mappings.filter(({ record }) => record.migratable === true).map(({ record }) => record.name);
  const markedBy = (address: Parameters<DriverOf>[0]): string | undefined => marked.find((name) => name === mappingOf(elsewhere(formatPciAddress(address))));
  const { findings } = judgeMigration(guest, wish.driverOf, markedBy);
  const functions = movedFunctions(text, { guest, findings, placement });
  const home = fleet.hosts.find(({ record }) => record.host === from)?.record;
  return {
    ...{ guest, from, to, functions, placement },
    problems: [...functions.flatMap(blocking), ...placement.problems, ...functions.flatMap((each) => otherKind(each, { ...wish, home }))],
    notes: home === undefined || guest.live === undefined ? [] : olderVersions(home, placement.host.record),
  };
}

interface Moving extends Pick<MigrationWish, 'guest'> {
  /** One for each device that is given. */
  readonly findings: readonly MigrationFinding[];
  readonly placement: Placement;
}

function movedFunctions(text: string, { guest, findings, placement }: Moving): MovedFunction[] {
  const { definition, functions, host } = placement;
  const expansion = definition === undefined ? undefined : expandOn(definition, host.record, undefined);
  const there = expansion?.ok === true ? readHostdevs(readDomain(expansion.xml)) : [];
  return readHostdevs(readDomain(text)).flatMap((hostdev, at): MovedFunction[] => {
    const finding = findings[at];
    if (finding === undefined) return [];
    const placed = functions.find(({ wanted }) => wanted.hostdev.element.start === hostdev.element.start);
    const come = there.find(({ source }) => source !== undefined && formatPciAddress(source) === placed?.published.address);
    return [
      {
        finding: guest.live === undefined && hostdev.type === 'pci' ? offline(finding) : finding,
        place: placeOf(hostdev),
        there: placed === undefined ? undefined : { ...placed, place: placeOf(come) },
      },
    ];
  });
}

function offline({ device }: MigrationFinding): MovedFunction['finding'] {
  return { device, effect: 'offline', reason: 'the guest does not run, so that no state has to be moved', remedy: null };
}

function placeOf(hostdev: Hostdev | undefined): GuestPlace {
  const { pci, zpci } = hostdev?.address ?? {};
  return {
    address: pci === undefined ? null : formatPciAddress(pci),
    uid: zpci?.uid === undefined ? null : formatUid(zpci.uid),
    fid: zpci?.fid === undefined ? null : formatFid(zpci.fid),
  };
}

function blocking({ finding: { device, effect, reason, remedy } }: MovedFunction): Problem[] {
  if (effect !== 'blocks') return [];
  return [{ code: 'migration-blocked', severity: 'error', subject: device, message: `${device}: ${reason}`, ...(remedy === null ? {} : { hint: remedy }) }];
}

/** State is moved between cards of one kind, and between the same drivers. */
function otherKind(
  { finding, there }: MovedFunction,
  { from, to, home, driverOf, guest }: MigrationWish & { readonly home: HostRecord | undefined },
): Problem[] {
  const here = home?.functions.find(({ address }) => address === finding.device);
  if (finding.effect !== 'perhaps' || there === undefined || here === undefined) return [];
  const { published, wanted } = there;
  const name = functionWords(published.key);
  const ids = ({ vendor, device }: PublishedFunction): string => `${vendor.replace('0x', '')}:${device.replace('0x', '')}`;
  const kinds = ids(here) === ids(published) ? [] : [`${name} is ${ids(published)}, and ${finding.device} of ${from} is ${ids(here)}`];
  const source = wanted.hostdev.source;
  const driver = source === undefined ? undefined : driverOf(source);
  const drivers =
    published.driver !== null && isVfioDriver(published.driver) && driver !== undefined && published.driver !== driver
      ? [`${name} is with ${published.driver}, and ${finding.device} of ${from} with ${driver}`]
      : [];
  const hint = `state is moved between cards of one kind and the same drivers: claim such a one for ${shellWord(guest.ref.name)} on ${to}`;
  return [...kinds, ...drivers].map((message) => unfit(to, message, hint));
}

/** Nobody promises that an older one takes what a newer one sends. */
function olderVersions(here: HostRecord, there: HostRecord): Problem[] {
  return (['libvirt', 'qemu'] as const).flatMap((name): Problem[] => {
    const [from, to] = [here[name], there[name]];
    if (from === null || to === null || !isOlder(to, from)) return [];
    const what = name === 'qemu' ? 'QEMU' : name;
    const message = `${there.host} has ${what} ${to}, which is older than ${from} of ${here.host}: that it takes a guest that runs is not promised`;
    return [{ code: 'placement-unfit', severity: 'warning', subject: there.host, message, hint: 'migrate to the same version or a newer one' }];
  });
}

function isOlder(one: string, other: string): boolean {
  try {
    return parseVersion(one) < parseVersion(other);
  } catch (error) {
    if (error instanceof HostdevError) return false;
    throw error;
  }
}
