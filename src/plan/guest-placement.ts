/** Where functions go in a guest: free in what runs and in the definition alike, so that they are there again after a restart. */
import { type Addition, compareAddition } from '../addressing/addition.ts';
import { assignHotplug, type HotplugPlace } from '../addressing/hotplug.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { withoutPosition } from '../addressing/problems.ts';
import { chooseZpciIds, usedZpciIds } from '../addressing/zpci/choose.ts';
import { readDomain } from '../domain/domain.ts';
import { addHostdevs, findHostdev } from '../domain/edit.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress, pciAddress, samePciAddress } from '../pci/address.ts';
import { ZPCI_RANGE, type ZpciIds } from '../pci/zpci.ts';
import type { GuestParts, GuestState } from '../state/guest-state.ts';
import { refuseUnknownIommufd } from './iommufd.ts';
import { noFreePlace } from './guest-no-place.ts';

/** A function and its place in the guest. */
export interface PlacedSpec {
  /** With the address and the ids written out; without address where libvirt adds a controller for it, or nobody can predict it. */
  readonly spec: HostdevSpec;
  /** Undefined where the definition is one whose addresses cannot be predicted. */
  readonly address: PciAddress | undefined;
  readonly zpci: ZpciIds | undefined;
  /** Models of the controllers that libvirt adds to the definition for it. */
  readonly controllers: readonly string[];
}

/** What a guest has while its functions are placed one after the other. */
interface Faces {
  readonly live: string | undefined;
  readonly config: string | undefined;
}

/** How many places are tried that one of the two has taken. */
const MOST_TRIES = 64;

/**
 * A place for each function, one after the other as libvirt would get them.
 *
 * @throws {HostdevError} what libvirt would refuse: `hostdev-present`, `guest-no-slot`, `zpci-uid-in-use`, ….
 */
export function placeSpecs(guest: GuestState, affect: GuestParts, specs: readonly HostdevSpec[], options: PlaceOptions): PlacedSpec[] {
  const stored = { ...options, newDefinition: false };
  refuseUnknownIommufd(specs, guest.live ?? guest.config ?? '', options);
  let faces: Faces = { live: affect.live ? guest.live : undefined, config: affect.config ? guest.config : undefined };
  return specs.map((spec) => {
    refusePresent(guest, faces, spec.source);
    const wanted = withFreeIds(faces, spec, stored);
    const { live, config } = faces;
    const step = live === undefined ? placeInDefinition(config ?? '', wanted, stored) : placeInBoth(live, config, wanted, stored);
    if (step === undefined) throw noFreePlace(guest, spec, specs, stored);
    // The definition comes with the controllers that libvirt adds: the next function may go on them.
    faces = { live: live === undefined ? undefined : addHostdevs(readDomain(live), [step.placed.spec]), config: step.config };
    return step.placed;
  });
}

/** One function at its place, and the definition with it. */
interface Step {
  readonly placed: PlacedSpec;
  readonly config: string | undefined;
}

function refusePresent({ ref }: GuestState, { live, config }: Faces, source: PciAddress): void {
  for (const xml of [live, config]) {
    if (xml === undefined || findHostdev(readDomain(xml), source) === undefined) continue;
    const name = formatPciAddress(source);
    throw new HostdevError('hostdev-present', `${xml === live ? `${ref.name}, which runs,` : `the definition of ${ref.name}`} has ${name} already`, {
      subject: name,
      hint: `detach it first, or change only the other: ${xml === live ? '--config' : '--live'}`,
    });
  }
}

/** A place that is free in what runs and in the definition; undefined when there is none. */
function placeInBoth(live: string, config: string | undefined, wanted: HostdevSpec, options: PlaceOptions): Step | undefined {
  let blocked = live;
  for (let i = 0; i < MOST_TRIES; i += 1) {
    const place = plug(blocked, wanted, options);
    if (place === undefined) return undefined;
    const spec = fixed(wanted, place.address, place.zpci);
    const addition = config === undefined ? undefined : compareAddition(config, addHostdevs(readDomain(config), [spec]), options);
    const problem = addition === undefined ? undefined : problemOf(addition, spec);
    if (problem === undefined) return { placed: { spec, ...place, controllers: [] }, config: addition?.xml };
    if (problem.code !== 'guest-address-in-use' || wanted.guestAddress !== undefined)
      throw inDefinition(problem, '; or change the two one after the other: --config, then --live');
    // The definition has something else there: look on as if the running guest had it too.
    blocked = addHostdevs(readDomain(blocked), [
      { source: pciAddress(0xffff, 0xff, i >> 3, i & 7), guestAddress: place.address, ...dummyIds(blocked, place.zpci, options) },
    ]);
  }
  return undefined;
}

/** Undefined when no slot is free. */
function plug(live: string, spec: HostdevSpec, options: PlaceOptions): HotplugPlace | undefined {
  const result = assignHotplug(live, formatHostdev(spec).join('\n'), options);
  if (result.ok) return result.place;
  const [problem] = result.problems;
  if (problem === undefined || problem.code === 'guest-address-none-left') return undefined;
  throw HostdevError.from(withoutPosition(problem));
}

function fixed(spec: HostdevSpec, address: PciAddress, zpci: ZpciIds | undefined): HostdevSpec {
  return { ...spec, guestAddress: address, ...(zpci === undefined ? {} : { zpci }) };
}

/** Whatever was wrong with the definition before is libvirt's to judge: it has it all the same. */
function placeInDefinition(config: string, spec: HostdevSpec, options: PlaceOptions): Step {
  const addition = compareAddition(config, addHostdevs(readDomain(config), [spec]), options);
  const [refusal] = addition.refusals;
  if (refusal !== undefined) throw inDefinition(refusal);
  const place = addition.placeOf(spec.source);
  const { controllers } = addition;
  if (place === undefined) {
    if (addition.before.length === 0) throw new HostdevError('guest-no-pci', 'the guest has no PCI', { hint: 'its machine type has none' });
    return { placed: { spec, address: undefined, zpci: spec.zpci, controllers }, config: addition.xml };
  }
  const { address, zpci } = place;
  // libvirt adds the controllers only for a device without address, and then puts it there.
  const given = controllers.length > 0 ? { ...spec, ...(zpci === undefined ? {} : { zpci }) } : fixed(spec, address, zpci);
  return { placed: { spec: given, address, zpci, controllers }, config: addition.xml };
}

/** What libvirt would say to the definition with the function at its place; undefined when it would take it. */
function problemOf(addition: Addition, spec: HostdevSpec): Problem | undefined {
  const [refusal] = addition.refusals;
  const place = addition.placeOf(spec.source)?.address;
  if (refusal !== undefined || place === undefined || spec.guestAddress === undefined || samePciAddress(place, spec.guestAddress)) return refusal;
  const [wanted, moved] = [spec.guestAddress, place].map(formatPciAddress);
  return {
    code: 'guest-address-invalid',
    severity: 'error',
    message: `${formatPciAddress(spec.source)} cannot be at ${wanted}; libvirt would put it at ${moved}`,
    hint: 'another --guest-address may be free in both',
  };
}

function inDefinition(problem: Problem, wayOut = ''): HostdevError {
  const hint = `${problem.hint ?? ''}${wayOut}`;
  return HostdevError.from({ ...withoutPosition(problem), message: `in the definition: ${problem.message}`, hint });
}

/** The ids that were asked for, and the lowest that neither has for what is left out; nothing where there is no zPCI. */
function withFreeIds({ live, config }: Faces, spec: HostdevSpec, options: PlaceOptions): HostdevSpec {
  const zpci = chooseZpciIds(
    [live, config].filter((xml) => xml !== undefined),
    spec.zpci ?? {},
    options,
  );
  return zpci === undefined ? spec : { ...spec, zpci };
}

/** Ids for what stands in the way: any that are free, from the other end, where nobody is looking. */
function dummyIds(xml: string, zpci: ZpciIds | undefined, options: PlaceOptions): { readonly zpci?: ZpciIds } {
  const used = zpci === undefined ? undefined : usedZpciIds([xml], options);
  if (zpci === undefined || used === undefined) return {};
  const highest = (id: 'uid' | 'fid'): number => {
    let free: number = ZPCI_RANGE[id].max;
    while (used[id].has(free) || zpci[id] === free) free -= 1;
    return free;
  };
  return { zpci: { uid: highest('uid'), fid: highest('fid') } };
}
