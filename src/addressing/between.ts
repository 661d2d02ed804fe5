/** `compareLibvirts`: what another libvirt, QEMU or machine type would do to a definition that leaves addresses open. */
import { type Domain, readDomain } from '../domain/domain.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { expandDomain, type Expansion } from './expand.ts';
import { type Change, changesBetween } from './libvirt/changes.ts';
import type { LibvirtVersion } from './libvirt/known.ts';
import type { SpokenFor } from './libvirt/spoken-for.ts';
import { parseVersion, type VersionNumber } from './libvirt/version.ts';
import type { PlaceOptions } from './place.ts';
import { droppedBetween } from './validate/new-xml.ts';

/** One device whose place is not the same; undefined where it has none, or is not there. */
export interface Move {
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface Comparison {
  readonly before: Side;
  readonly after: Side;
  /** What one of them leaves out without a word, and the other one does not. */
  readonly leftOut: { readonly before: readonly Problem[]; readonly after: readonly Problem[] };
  /** Empty where one of them refuses the definition. */
  readonly moves: readonly Move[];
  /** What libvirt has changed in between, whether it concerns this definition or not. */
  readonly changes: readonly Change[];
}

interface Side {
  readonly versions: SpokenFor | undefined;
  readonly ok: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Expands a definition as two libvirts would, and compares. Without capabilities each has the QEMU that ships beside it.
 *
 * @example
 * ```ts
 * import { compareLibvirts } from 'hostdev';
 * const guest = "<domain type='kvm'><os><type arch='riscv64' machine='virt'>hvm</type></os><devices/></domain>";
 * const { moves } = compareLibvirts(guest, '11.3', '12.8');
 * console.log(moves.map(({ name, before }) => `${name} was at ${before}`).at(-1)); // → memballoon virtio was at 01:00.0
 * ```
 *
 * @throws {HostdevError} `version-malformed`
 */
export function compareLibvirts(source: string, from: LibvirtVersion, to: LibvirtVersion, options: PlaceOptions = {}): Comparison {
  const [before, after] = [from, to].map((libvirt) => expandDomain(source, { ...options, libvirt })) as [Expansion, Expansion];
  return {
    before: sideOf(before),
    after: sideOf(after),
    leftOut: leftOutBy(source, options, [parseVersion(from), parseVersion(to)]),
    moves: before.ok && after.ok ? movesBetween(placesOf(before), placesOf(after)) : [],
    changes: changesBetween(parseVersion(from), parseVersion(to)),
  };
}

/** A text that is no domain has been told as a problem. */
function leftOutBy(source: string, { file }: PlaceOptions, [from, to]: readonly [VersionNumber, VersionNumber]): Comparison['leftOut'] {
  const domain = domainIn(source, file);
  if (domain === undefined) return { before: [], after: [] };
  const only = (one: VersionNumber, other: VersionNumber): Problem[] => (one < other ? droppedBetween(domain, one, other) : []);
  return { before: only(from, to), after: only(to, from) };
}

function domainIn(source: string, file: string | undefined): Domain | undefined {
  try {
    return readDomain(source, file === undefined ? {} : { file });
  } catch (error) {
    if (error instanceof HostdevError) return undefined;
    throw error;
  }
}

function sideOf({ versions, ok, problems }: Expansion): Side {
  return { versions, ok, problems };
}

/** Name → place. Devices of one name are told apart by their order. */
function placesOf({ placements }: Extract<Expansion, { ok: true }>): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, controller, address } of placements) {
    const full = controller?.model === undefined ? name : `${name} (${controller.model})`;
    let unique = full;
    for (let n = 2; found.has(unique); n += 1) unique = `${full} #${n}`;
    found.set(unique, address ?? 'no address');
  }
  return found;
}

function movesBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Move[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].map((name) => ({ name, before: before.get(name), after: after.get(name) })).filter((move) => move.before !== move.after);
}
