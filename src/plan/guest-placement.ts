/** Where functions go in a guest: free in what runs and in the definition alike, so that they are there again after a restart. */
import { expandDomain } from '../addressing/expand.ts';
import { assignHotplug } from '../addressing/hotplug.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { readDomain } from '../domain/domain.ts';
import { addHostdevs, findHostdev } from '../domain/edit.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { formatPciAddress, type PciAddress, pciAddress } from '../pci/address.ts';
import { ZPCI_RANGE, type ZpciIds } from '../pci/zpci.ts';
import { attribute, childElements } from '../xml/read.ts';
import type { GuestParts, GuestState } from '../state/guest-state.ts';

/** A function and its place in the guest. */
export interface PlacedSpec {
  /** With the address and the ids written out. */
  readonly spec: HostdevSpec;
  readonly address: PciAddress;
  readonly zpci: ZpciIds | undefined;
}

/** How many places are tried that one of the two has taken. */
const MOST_TRIES = 64;

/**
 * A place for each function, one after the other as libvirt would get them.
 *
 * @throws {HostdevError} what libvirt would refuse: `hostdev-present`, `guest-no-slot`, `zpci-uid-in-use`, ….
 */
export function placeSpecs(guest: GuestState, affect: GuestParts, specs: readonly HostdevSpec[], options: PlaceOptions): PlacedSpec[] {
  let live = affect.live ? guest.live : undefined;
  let config = affect.config ? guest.config : undefined;
  return specs.map((spec) => {
    const placed = placeOne(live, config, spec, options);
    if (live !== undefined) live = addHostdevs(readDomain(live), [placed.spec]);
    if (config !== undefined) config = addHostdevs(readDomain(config), [placed.spec]);
    return placed;
  });
}

function placeOne(live: string | undefined, config: string | undefined, spec: HostdevSpec, options: PlaceOptions): PlacedSpec {
  for (const xml of [live, config]) {
    if (xml !== undefined && findHostdev(readDomain(xml), spec.source) !== undefined) {
      const name = formatPciAddress(spec.source);
      const where = xml === live ? 'the guest that runs' : 'its definition';
      throw new HostdevError('hostdev-present', `${where} has ${name} already`, {
        subject: name,
        hint: `detach it first, or change only the other: ${xml === live ? '--config' : '--live'}`,
      });
    }
  }
  const wanted = withFreeIds([live, config], spec, options);
  // Only what the guest itself is not asked for has to be found for both.
  if (live === undefined) return placeInDefinition(config ?? '', wanted, options);
  let blocked = live;
  for (let i = 0; i < MOST_TRIES; i += 1) {
    const place = plug(blocked, wanted, options);
    const spec_ = fixed(wanted, place.address, place.zpci);
    if (config === undefined) return { spec: spec_, ...place };
    const problem = problemIn(config, spec_, options);
    if (problem === undefined) return { spec: spec_, ...place };
    if (problem.code !== 'guest-address-in-use' || wanted.guestAddress !== undefined)
      throw HostdevError.from({ ...problem, message: `in the definition: ${problem.message}` });
    // The definition has something else there: look on as if the running guest had it too.
    blocked = addHostdevs(readDomain(blocked), [
      { source: pciAddress(0xffff, 0xff, i >> 3, i & 7), guestAddress: place.address, ...dummyIds(blocked, place.zpci, options) },
    ]);
  }
  throw noSlot(spec);
}

function plug(live: string, spec: HostdevSpec, options: PlaceOptions): { readonly address: PciAddress; readonly zpci: ZpciIds | undefined } {
  const result = assignHotplug(live, formatHostdev(spec).join('\n'), { ...options, newDefinition: false });
  if (result.ok) return result.place;
  const [problem] = result.problems;
  if (problem === undefined || problem.code === 'guest-address-none-left') throw noSlot(spec);
  throw HostdevError.from(problem);
}

function noSlot(spec: HostdevSpec): HostdevError {
  return new HostdevError('guest-no-slot', `the guest that runs has no free place for ${formatPciAddress(spec.source)}`, {
    subject: formatPciAddress(spec.source),
    hint: "'hostdev ports GUEST --add 2' gives its definition more; they are there after its next start",
  });
}

function fixed(spec: HostdevSpec, address: PciAddress, zpci: ZpciIds | undefined): HostdevSpec {
  return { ...spec, guestAddress: address, ...(zpci === undefined ? {} : { zpci }) };
}

function placeInDefinition(config: string, spec: HostdevSpec, options: PlaceOptions): PlacedSpec {
  const result = expandDomain(addHostdevs(readDomain(config), [spec]), { ...options, newDefinition: false });
  if (!result.ok) throw HostdevError.from(result.problems[0] as Problem);
  const added = findHostdev(readDomain(result.xml), spec.source)?.address;
  const address = added?.pci;
  if (address === undefined) throw new HostdevError('guest-no-pci', 'the guest has no PCI', { hint: 'its machine type has none' });
  const zpci = added?.zpci;
  return { spec: fixed(spec, address, zpci), address, zpci };
}

/** What libvirt would say to the definition with the function; undefined when it would take it. */
function problemIn(config: string, spec: HostdevSpec, options: PlaceOptions): Problem | undefined {
  const result = expandDomain(addHostdevs(readDomain(config), [spec]), { ...options, newDefinition: false });
  return result.ok ? undefined : result.problems[0];
}

/** The ids that were asked for, and the lowest that neither has for what is left out; nothing where there is no zPCI. */
function withFreeIds(xmls: readonly (string | undefined)[], spec: HostdevSpec, options: PlaceOptions): HostdevSpec {
  const present = xmls.filter((xml) => xml !== undefined);
  if (!present.some((xml) => hasZpci(xml, options))) return spec;
  const used = present.flatMap((xml) => idsIn(xml, options));
  const uid = spec.zpci?.uid ?? lowest(ZPCI_RANGE.uid.min, new Set(used.flatMap((ids) => ids.uid ?? [])));
  const fid = spec.zpci?.fid ?? lowest(ZPCI_RANGE.fid.min, new Set(used.flatMap((ids) => ids.fid ?? [])));
  return { ...spec, zpci: { uid, fid } };
}

function hasZpci(xml: string, options: PlaceOptions): boolean {
  const arch = readDomain(xml).arch ?? options.defaultArch;
  return arch === 's390x';
}

/** Ids of every device, host devices and others. */
function idsIn(xml: string, options: PlaceOptions): ZpciIds[] {
  const expanded = expandDomain(xml, { ...options, newDefinition: false });
  const domain = readDomain(expanded.ok ? expanded.xml : xml);
  if (domain.devices === undefined) return [];
  return childElements(domain.devices).flatMap((device) =>
    childElements(device, 'address').flatMap((address) =>
      childElements(address, 'zpci').map((zpci) => ({ uid: idOf(attribute(zpci, 'uid')), fid: idOf(attribute(zpci, 'fid')) }) as ZpciIds),
    ),
  );
}

function idOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function lowest(from: number, used: ReadonlySet<number>): number {
  let id = from;
  while (used.has(id)) id += 1;
  return id;
}

/** Ids for what stands in the way: any that are free. */
function dummyIds(xml: string, zpci: ZpciIds | undefined, options: PlaceOptions): { readonly zpci?: ZpciIds } {
  if (zpci === undefined) return {};
  const used = [...idsIn(xml, options), zpci];
  // From the other end, where nobody is looking.
  const highest = (of: 'uid' | 'fid', max: number): number => {
    const taken = new Set(used.flatMap((ids) => ids[of] ?? []));
    let id = max;
    while (taken.has(id)) id -= 1;
    return id;
  };
  return { zpci: { uid: highest('uid', ZPCI_RANGE.uid.max), fid: highest('fid', ZPCI_RANGE.fid.max) } };
}
