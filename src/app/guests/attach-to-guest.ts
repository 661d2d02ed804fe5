/** `hostdev attach GUEST`: functions of the host for a guest of libvirt, running or not. */
import { type SpokenFor, spokenFor } from '../../addressing/libvirt/spoken-for.ts';
import { chooseVersions, type PlaceOptions } from '../../addressing/place.ts';
import { readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { formatHostdev, type HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { libvirtGuest } from '../../guest/libvirt/libvirt-guest.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { Recipient } from '../../plan/assignable.ts';
import { planAttach } from '../../plan/attach.ts';
import type { Change } from '../../plan/change.ts';
import { type GuestPlan, type GuestReport, placeOf, placeWords, requireUnchanged, showChanges } from '../../plan/guest-plan.ts';
import { type PlacedSpec, placeSpecs } from '../../plan/guest-placement.ts';
import { requireSameGuest, requireSameRun, scopeParts } from '../../plan/guest-scope.ts';
import { devicePresence, type GuestParts, type GuestState } from '../../state/guest-state.ts';
import { isVfioDriver } from '../../state/node-device.ts';
import { refuseInDefinition } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { readHostFacts } from '../host-facts.ts';
import { guestQemu, hostArchitecture } from '../place-options.ts';
import { connectionVersions } from './connection-versions.ts';
import { driverNote, type HostFunction, planHandover, requireGivable, requireRemote } from './host-side.ts';
import { absentNotes, guestNotes, memoryNotes, priorNotes } from './notes.ts';
import { type GuestChangeOptions, type PlannedGuestChange, runGuestChange } from './run-change.ts';

interface AttachPlan extends PlannedGuestChange {
  readonly state: GuestState;
}

/** What is asked for: which functions, of which guest. */
interface AttachWish {
  readonly word: string;
  readonly specs: readonly HostdevSpec[];
}

/**
 * Gives functions to a guest: all of them, in what runs and in its definition as asked for, or none.
 *
 * @throws {HostdevError} whatever keeps one of them from being given; nothing is left behind then.
 */
export async function attachToGuest(context: AppContext, link: LibvirtLink, { word, specs }: AttachWish, options: GuestChangeOptions): Promise<GuestReport> {
  refuseTwice(specs.map(({ source }) => source));
  let name = word;
  const plan = async (view: AppContext, told: GuestChangeOptions): Promise<AttachPlan> => {
    const made = await planFor(view, link, { word: name, specs }, told);
    name = made.state.ref.uuid;
    return made;
  };
  return runGuestChange(context, options, {
    plan,
    isLocal: link.isLocal,
    requireSameRun: (first, now) => requireSameRun(first.state, now.state),
    requireSame: (first, now) => {
      requireSameGuest(first.state, now.state);
      // The steps are not compared: what was prepared meanwhile has one less.
      requireUnchanged(now.shown, first.shown.functions, now.shown.functions);
    },
  });
}

async function planFor(context: AppContext, link: LibvirtLink, { word, specs }: AttachWish, options: GuestChangeOptions): Promise<AttachPlan> {
  const libvirt = await link.get(options.signal);
  const state = await openGuest(libvirt, word);
  const parts = scopeParts(state, options.scope);
  refuseSeveralAtOnce(specs, parts);
  const addresses = specs.map(({ source }) => source);
  const facts = link.isLocal ? await readHostFacts(context.port, addresses) : undefined;
  const qemu = guestQemu(readDomain(state.live ?? state.config ?? ''));
  const places: PlaceOptions = {
    ...(await connectionVersions(link, qemu, context)),
    accepted: true,
    defaultArch: hostArchitecture(),
    ...(facts === undefined ? {} : { host: facts }),
  };
  const placed = placeSpecs(state, parts, specs, places);
  const functions = await functionsFor(context, link, { parts, specs, state }, options);
  const guest = libvirtGuest(link, state.ref);
  const changes = [
    // What is elsewhere is never readied here: an address names a function of this machine.
    ...(parts.live && link.isLocal ? await planHandover(context, functions, specs) : []),
    ...placed.map((each, i) => planAttach(guest, parts, comingDevice(each, state, parts.live && link.isLocal ? functions[i] : undefined))),
  ];
  const xml = (parts.live ? state.live : state.config) ?? '';
  const notes = [
    ...priorNotes(state.ref.name, xml, places),
    ...guestNotes(
      xml,
      placed.map(({ spec }) => spec),
      places,
    ),
    ...(parts.live ? functions.flatMap((each, i) => driverNote(each, specs[i]?.managed !== false)) : absentNotes(facts, addresses)),
    ...(link.isLocal ? await memoryNotes(context.port, state.ref.name, xml) : []),
  ];
  return { state, guest, changes, shown: show({ state, parts, placed, versions: spokenFor(chooseVersions(qemu.arch, places)) }, changes, notes) };
}

function refuseSeveralAtOnce(specs: readonly HostdevSpec[], parts: GuestParts): void {
  if (!parts.live || !specs.some(({ multifunction, guestAddress }) => multifunction === true || (guestAddress?.function ?? 0) !== 0)) return;
  throw new HostdevError(
    'guest-address-invalid',
    'libvirt plugs only function 0 into a guest that runs, so one device of several functions cannot be plugged in',
    { hint: 'change the definition (--config) and restart the guest, or use qmp:SOCKET' },
  );
}

/** The functions as the host has them, once it is known that they may be given: at once to what runs, at its next start to a definition. */
async function functionsFor(
  context: AppContext,
  link: LibvirtLink,
  { parts, specs, state }: { readonly parts: GuestParts; readonly specs: readonly HostdevSpec[]; readonly state: GuestState },
  options: GuestChangeOptions,
): Promise<readonly HostFunction[]> {
  const addresses = specs.map(({ source }) => source);
  if (parts.live) {
    return link.isLocal
      ? requireGivable(context, addresses, { ...options, to: recipientOf(state) })
      : requireRemote(await link.get(), addresses, options.force, (i) => specs[i]?.managed !== false);
  }
  if (link.isLocal) await refuseInDefinition(context, { added: addresses, present: sourcesOf(state.config) }, options);
  return addresses.map((address) => ({ address, driver: undefined }));
}

/** A guest as its process is called, and what it has while it runs. */
export function recipientOf({ ref, live }: GuestState): Recipient {
  return { name: ref.name, has: sourcesOf(live) };
}

/** Functions that a definition has. */
export function sourcesOf(xml: string | undefined): PciAddress[] {
  return xml === undefined ? [] : readHostdevs(readDomain(xml)).flatMap(({ source }) => source ?? []);
}

function comingDevice({ spec, address }: PlacedSpec, state: GuestState, onHost: HostFunction | undefined): Parameters<typeof planAttach>[2] {
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

interface Placing {
  readonly state: GuestState;
  readonly parts: GuestParts;
  readonly placed: readonly PlacedSpec[];
  readonly versions: SpokenFor;
}

function show({ state, parts, placed, versions }: Placing, changes: readonly Change[], notes: readonly Problem[]): GuestPlan {
  const functions = placed.map(({ spec, address, zpci }) => ({
    address: formatPciAddress(spec.source),
    ...placeOf({ pci: address, zpci: zpci ?? {} }),
    ...parts,
  }));
  const where = (device: string): string => {
    const at = functions.findIndex(({ address }) => address === device);
    return `${placeWords(functions[at] ?? { guestAddress: null, uid: null, fid: null })}${controllerWords(placed[at]?.controllers ?? [])}`;
  };
  return { verb: 'attach', guest: state.ref.name, uuid: state.ref.uuid, state: state.state, functions, steps: showChanges(changes, where), notes, versions };
}

/** libvirt adds them with the function, and keeps them when it goes. */
function controllerWords(controllers: readonly string[]): string {
  return controllers.length === 0 ? '' : `; libvirt adds a ${controllers.join(' and a ')} for it`;
}
