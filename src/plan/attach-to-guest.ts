/** The plan of giving functions to a guest of libvirt. */
import type { HostFacts } from '../addressing/host-facts.ts';
import { type SpokenFor, spokenFor } from '../addressing/libvirt/spoken-for.ts';
import { chooseVersions, type PlaceOptions } from '../addressing/place.ts';
import { readDomain } from '../domain/domain.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { devicePresence, findDevice, type GuestParts, type GuestState, sourcesIn } from '../state/guest-state.ts';
import { isVfioDriver } from '../state/node-device.ts';
import type { Recipient } from './assignable.ts';
import { type ComingDevice, type GuestName, planAttach } from './attach.ts';
import type { Change } from './change.ts';
import { absentNotes, guestNotes, interfaceNotes, memoryNotes, priorNotes } from './guest-notes.ts';
import { type GuestPlace, type GuestPlan, placeOf, placeWords, showChanges } from './guest-plan.ts';
import { type PlacedSpec, placeSpecs } from './guest-placement.ts';
import { driverNote, type HostFunction } from './handover.ts';
import type { Rest } from './unchanged.ts';

/** The guest, and what of it is changed. */
export interface ChangedGuest {
  readonly name: GuestName;
  readonly state: GuestState;
  readonly parts: GuestParts;
}

/** The host of the functions, as far as it can be looked at. */
export interface GivingHost {
  /** Undefined for another machine. */
  readonly facts: HostFacts | undefined;
  /** The functions as the host has them, in the order in which they are asked for; for a definition no driver is looked at. */
  readonly functions: readonly HostFunction[];
  /** What readies those that libvirt does not take itself. */
  readonly readied: readonly Change[];
  /** Memory that is left, in KiB. */
  readonly availableKib: number | undefined;
}

/** What of a change of a guest is data: what is shown is what is carried out. */
export interface PlannedForGuest {
  readonly changes: readonly Change[];
  readonly shown: GuestPlan;
}

/**
 * Gives a guest the functions that it lacks, each at a place that libvirt would give it.
 *
 * @throws {HostdevError} what libvirt would refuse.
 */
export function planGuestAttach(guest: ChangedGuest, { rest: specs, unchanged }: Rest<HostdevSpec>, host: GivingHost, places: PlaceOptions): PlannedForGuest {
  const { state, parts, name } = guest;
  refuseSeveralAtOnce(specs, parts);
  const placed = placeSpecs(state, parts, specs, places);
  const isHere = parts.live && host.facts !== undefined;
  const changes = [...host.readied, ...placed.map((each, i) => planAttach(name, parts, comingDevice(each, state, isHere ? host.functions[i] : undefined)))];
  const functions = placed.map(({ spec, address, zpci }) => ({
    address: formatPciAddress(spec.source),
    ...placeOf({ pci: address, zpci: zpci ?? {} }),
    ...parts,
  }));
  const where = (device: string): string => {
    const at = functions.findIndex(({ address }) => address === device);
    return `${placeWords(functions[at] ?? { guestAddress: null, uid: null, fid: null })}${controllerWords(placed[at]?.controllers ?? [])}`;
  };
  const { ref } = state;
  const notes = placed.length === 0 ? [] : notesFor(guest, placed, host, places);
  return {
    changes,
    shown: {
      verb: 'attach',
      guest: ref.name,
      uuid: ref.uuid,
      state: state.state,
      functions,
      unchanged,
      unchangedAt: Object.fromEntries(unchanged.map((address) => [address, placeIn((parts.live ? state.live : undefined) ?? state.config, address)])),
      steps: showChanges(changes, where),
      notes,
      versions: versionsOf(guest, placed, places),
    },
  };
}

/** Where a guest has a function. */
function placeIn(xml: string | undefined, address: string): GuestPlace {
  return placeOf(findDevice(xml, { source: parsePciAddress(address) })?.address);
}

/** Which libvirt and QEMU have a guest; null where nothing gets a place. */
function versionsOf({ state }: ChangedGuest, placed: readonly PlacedSpec[], places: PlaceOptions): SpokenFor | null {
  return placed.length === 0 ? null : guestVersions(state, places);
}

/** Which libvirt and QEMU a guest is judged for. */
export function guestVersions({ live, config }: GuestState, places: PlaceOptions): SpokenFor {
  const { arch = places.defaultArch ?? 'x86_64' } = readDomain(live ?? config ?? '');
  return spokenFor(chooseVersions(arch, places));
}

/** A guest as its process is called, and what it has while it runs. */
export function recipientOf({ ref, live }: GuestState): Recipient {
  return { name: ref.name, has: sourcesIn(live) };
}

function refuseSeveralAtOnce(specs: readonly HostdevSpec[], parts: GuestParts): void {
  if (!parts.live || !specs.some(({ multifunction, guestAddress }) => multifunction === true || (guestAddress?.function ?? 0) !== 0)) return;
  throw new HostdevError(
    'guest-address-invalid',
    'libvirt plugs only function 0 into a guest that runs, so one device of several functions cannot be plugged in',
    { hint: 'change the definition (--config) and restart the guest, or use qmp:SOCKET' },
  );
}

function notesFor({ state, parts }: ChangedGuest, placed: readonly PlacedSpec[], host: GivingHost, places: PlaceOptions): Problem[] {
  const { facts, functions, availableKib } = host;
  const xml = (parts.live ? state.live : state.config) ?? '';
  const specs = placed.map(({ spec }) => spec);
  const guest = state.ref.name;
  const sources = specs.map(({ source }) => source);
  return [
    ...priorNotes(guest, xml, places),
    ...guestNotes(xml, specs, places),
    ...interfaceNotes(xml, specs, places, parts),
    ...(parts.live ? functions.flatMap((each, i) => driverNote(each, specs[i])) : absentNotes(facts, sources)),
    ...(facts === undefined ? [] : memoryNotes(guest, xml, availableKib)),
  ];
}

function comingDevice({ spec, address }: PlacedSpec, state: GuestState, onHost: HostFunction | undefined): ComingDevice {
  const selector = { source: spec.source };
  const isMoved = spec.managed !== false && onHost?.driver !== undefined && !isVfioDriver(onHost.driver);
  return {
    selector,
    text: formatHostdev(spec).join('\n'),
    presence: devicePresence(state, selector),
    at: address === undefined ? undefined : formatPciAddress(address),
    driver: isMoved ? onHost.driver : undefined,
  };
}

/** libvirt adds them with the function, and keeps them when it goes. */
function controllerWords(controllers: readonly string[]): string {
  return controllers.length === 0 ? '' : `; libvirt adds a ${controllers.join(' and a ')} for it`;
}
