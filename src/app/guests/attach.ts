/** `hostdev attach GUEST`: functions of the host for a guest of libvirt, running or not. */
import type { HostFacts } from '../../addressing/host-facts.ts';
import type { PlaceOptions } from '../../addressing/place.ts';
import { formatHostdev, type HostdevSpec } from '../../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import type { Affect } from '../../libvirt/index.ts';
import { readDomain } from '../../domain/domain.ts';
import { readHostdevs } from '../../domain/hostdev.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { refuseInDefinition } from '../assignable.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { readHostFacts } from '../host-facts.ts';
import { hostArchitecture } from '../place-options.ts';
import { prepareFunctions } from '../prepare.ts';
import type { WaitOptions } from '../wait.ts';
import { type Recorded, withGuestLog } from './change-log.ts';
import { giveBackAfter } from './give-back.ts';
import { findDevice, giveDevice, holdings, readState, type Which } from './device.ts';
import type { State } from '../../execute/journal/record.ts';
import { orBack, takeBack, undoAll, undoOptions } from './undo.ts';
import { driverNote, type HostFunction, moveStep, mustBePrepared, requireGivable, requireRemote } from './host-side.ts';
import type { LibvirtLink } from './link.ts';
import { guestNotes, memoryNotes } from './notes.ts';
import { affectOf, type OpenGuest, openGuest, readGuest, requireSame, requireSameRun, type Scope } from './open.ts';
import { type PlacedSpec, placeSpecs } from './places.ts';
import {
  type Agree,
  type FunctionPlan,
  type GuestPlan,
  type GuestReport,
  type GuestStep,
  placeOf,
  placeWords,
  requireAgreement,
  requireUnchanged,
  scopeWords,
} from './plan.ts';

export interface GuestChangeOptions extends WaitOptions {
  readonly scope: Scope;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** What --force loses, told before anything is done. */
  readonly onLoss?: ((loss: Problem) => void) | undefined;
  /** Milliseconds that a guest has to let something go. */
  readonly timeoutMs: number;
  /** Milliseconds that whoever has one of the functions of a change that failed has at least, before it is called stuck. */
  readonly leastWaitMs?: number | undefined;
  readonly agree?: Agree | undefined;
  readonly stateDirectory?: string | undefined;
}

interface AttachPlan {
  readonly guest: OpenGuest;
  readonly affect: Required<Affect>;
  readonly placed: readonly PlacedSpec[];
  readonly functions: readonly HostFunction[];
  readonly shown: GuestPlan;
}

/**
 * Gives functions to a guest: all of them, in what runs and in its definition as asked for, or none.
 *
 * @throws {HostdevError} whatever keeps one of them from being given; nothing is left behind then.
 */
export async function attachToGuest(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  specs: readonly HostdevSpec[],
  options: GuestChangeOptions,
): Promise<GuestReport> {
  refuseTwice(specs.map(({ source }) => source));
  const plan = (guest: string): Promise<AttachPlan> => planAttach(context, link, guest, specs, options);
  const first = await plan(word);
  if (options.dryRun) return { ...first.shown, applied: false };
  await requireAgreement(first.shown, options.agree);
  // What is elsewhere is never readied here: an address names a function of this machine.
  const isOurs = first.affect.live && link.isLocal;
  const toPrepare = isOurs ? first.functions.filter((each, i) => mustBePrepared(each, specs[i]?.managed !== false)).map(({ address }) => address) : [];
  const { force, signal, onProgress, stateDirectory, waitMs } = options;
  if (toPrepare.length > 0) await prepareFunctions(context, toPrepare, { dryRun: false, force, signal, onProgress, stateDirectory, waitMs });
  let given: readonly HostFunction[] = [];
  try {
    return await withGuestLog(context, link, options, async (recorded) => {
      // Somebody may have been at the guest or at the host since the plan was shown.
      const now = await plan(first.guest.ref.uuid);
      if (options.agree === undefined) requireSameRun(first.guest, now.guest);
      else {
        requireSame(first.guest, now.guest);
        // The steps are not compared: what was prepared meanwhile has one less.
        requireUnchanged(now.shown, first.shown.functions, now.shown.functions);
      }
      // From here on libvirt takes them.
      if (isOurs) given = now.functions;
      await giveAll(link, now, recorded, options);
      return { ...now.shown, applied: true };
    });
  } catch (error) {
    return giveBackAfter(error, context, toPrepare, given, options);
  }
}

async function planAttach(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  specs: readonly HostdevSpec[],
  options: GuestChangeOptions,
): Promise<AttachPlan> {
  const libvirt = await link.get(options.signal);
  const guest = await openGuest(libvirt, word);
  const affect = affectOf(guest, options.scope);
  if (affect.live && specs.some(({ multifunction, guestAddress }) => multifunction === true || (guestAddress?.function ?? 0) !== 0)) {
    throw new HostdevError(
      'guest-address-invalid',
      'libvirt plugs only function 0 into a guest that runs, so one device of several functions cannot be plugged in',
      {
        hint: 'change the definition (--config) and restart the guest, or use qmp:SOCKET',
      },
    );
  }
  const addresses = specs.map(({ source }) => source);
  const facts = link.isLocal ? await readHostFacts(context.port, addresses) : undefined;
  const places: PlaceOptions = { defaultArch: hostArchitecture(), ...(facts === undefined ? {} : { host: facts }) };
  const placed = placeSpecs(guest, affect, specs, places);
  const functions = affect.live
    ? link.isLocal
      ? await requireGivable(context, addresses, options)
      : await requireRemote(libvirt, addresses, options.force, (i) => specs[i]?.managed !== false)
    : addresses.map((address) => ({ address, driver: undefined }));
  const xml = (affect.live ? guest.live : guest.config) ?? '';
  // What a running guest gets is judged by requireGivable; a definition is judged for its next start.
  if (!affect.live && link.isLocal) await refuseInDefinition(context, { added: addresses, present: sourcesOf(guest.config) }, options);
  const resolved = placed.map(({ spec }) => spec);
  const notes = [
    ...guestNotes(xml, resolved, places),
    ...functions.flatMap((each, i) => (affect.live ? driverNote(each, specs[i]?.managed !== false) : absentNote(facts, each))),
    ...(link.isLocal ? await memoryNotes(context.port, xml) : []),
  ];
  return { guest, affect, placed, functions, shown: showAttach(guest, affect, placed, functions, specs, notes) };
}

/** Functions that a definition has. */
export function sourcesOf(xml: string | undefined): PciAddress[] {
  return xml === undefined ? [] : readHostdevs(readDomain(xml)).flatMap(({ source }) => source ?? []);
}

function absentNote(facts: HostFacts | undefined, { address }: HostFunction): Problem[] {
  const name = formatPciAddress(address);
  if (facts === undefined || facts.pciFunction(address) !== undefined) return [];
  return [
    {
      code: 'function-unknown',
      severity: 'warning',
      subject: name,
      message: `this machine has no PCI function ${name}`,
      hint: 'the guest will not start without it',
    },
  ];
}

function showAttach(
  guest: OpenGuest,
  affect: Required<Affect>,
  placed: readonly PlacedSpec[],
  functions: readonly HostFunction[],
  specs: readonly HostdevSpec[],
  notes: readonly Problem[],
): GuestPlan {
  const steps = placed.flatMap(({ spec, address, zpci }, i): GuestStep[] => {
    const name = formatPciAddress(spec.source);
    const onHost = functions[i];
    return [
      ...(affect.live && onHost !== undefined ? moveStep(onHost, specs[i]?.managed === false ? 'hostdev' : 'libvirt') : []),
      {
        on: affect.live ? 'guest' : 'definition',
        what: `${name}: attach to ${scopeWords(affect)}${placeWords(placeOf({ pci: address, zpci: zpci ?? {} }))}`,
        undo: `${name}: detach from ${scopeWords(affect)}`,
      },
    ];
  });
  const shown = placed.map(
    ({ spec, address, zpci }): FunctionPlan => ({
      address: formatPciAddress(spec.source),
      ...placeOf({ pci: address, zpci: zpci ?? {} }),
      ...affect,
    }),
  );
  return { verb: 'attach', guest: guest.ref.name, uuid: guest.ref.uuid, state: guest.state, functions: shown, steps, notes };
}

/** One after the other; when one fails, those before it are taken back. */
async function giveAll(link: LibvirtLink, plan: AttachPlan, recorded: Recorded, options: GuestChangeOptions): Promise<void> {
  const { guest, affect, placed } = plan;
  const undo: (() => Promise<unknown>)[] = [];
  await orBack(
    async () => {
      for (const { spec, address } of placed) {
        if (options.signal?.aborted === true) throw new HostdevError('interrupted', 'interrupted; nothing is left attached');
        const which = { source: spec.source };
        const xml = formatHostdev(spec).join('\n');
        const name = formatPciAddress(spec.source);
        options.onProgress?.(`attaching ${name} to ${guest.ref.name}`);
        const before = { ...holdings(guest, which), uri: link.uri, guest: guest.ref.uuid };
        const wanted = { live: affect.live ? 'yes' : before.live, config: affect.config ? 'yes' : before.config };
        const change = { subject: `${name} in ${guest.ref.name}`, before, wanted };
        const from = { live: wanted.live === 'yes' && before.live !== 'yes', config: wanted.config === 'yes' && before.config !== 'yes' };
        const back = (): Promise<void> => takeBack(link, guest.ref, which, from, undoOptions(options));
        const now = (): Promise<State> => readState(link, guest.ref, which);
        // When it fails half-way, what is there is taken back inside the record: it ends as undone then.
        const act = async (): Promise<State> => {
          await giveDevice(link, guest.ref, which, xml, affect, options.signal);
          await requirePlace(link, guest, which, formatPciAddress(address), affect);
          return wanted;
        };
        await recorded('attach', change, () => orBack(act, back), now);
        undo.push(() =>
          recorded('detach', { subject: change.subject, before: { ...before, ...wanted }, wanted: before }, () => back().then(() => before), now),
        );
      }
    },
    () => undoAll(undo),
  );
}

/** What the guest got is what was planned; anything else would be a lie to whoever agreed. */
async function requirePlace(link: LibvirtLink, { ref }: OpenGuest, which: Which, expected: string, affect: Required<Affect>): Promise<void> {
  const now = await readGuest(await link.get(), ref);
  for (const xml of [affect.live ? now.live : undefined, affect.config ? now.config : undefined]) {
    const found = findDevice(xml, which)?.address?.pci;
    if (xml !== undefined && (found === undefined || formatPciAddress(found) !== expected)) {
      throw new HostdevError(
        'guest-changed',
        `libvirt put it at ${found === undefined ? 'no address' : formatPciAddress(found)}, not at ${expected} as planned`,
        {
          subject: ref.name,
          hint: 'somebody else has changed the guest; run the command again',
        },
      );
    }
  }
}
