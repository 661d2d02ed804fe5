/** What of a fleet decisions are made on: its records as they were read, and what can be asked of them. */
import type { Problem } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parseFunctionKey } from './keys.ts';
import type { Kept } from './record.ts';
import type { Claim, HostRecord, PublishedFunction } from './records.ts';

export type KeptHost = Kept<HostRecord>;
export type KeptClaim = Kept<Claim>;

/** Records of hosts, and claims, whether of all hosts or of one. */
export interface FleetView {
  readonly hosts: readonly KeptHost[];
  readonly claims: readonly KeptClaim[];
  /** Of what could not be read. */
  readonly problems: readonly Problem[];
}

/** Claims by the function that they are of, and by the physical function that it is a virtual one of. */
export interface ClaimIndex {
  readonly of: (functionKey: string) => KeptClaim | undefined;
  /** One of those of its virtual functions whose key says so. */
  readonly below: (functionKey: string) => KeptClaim | undefined;
}

export function indexClaims(claims: readonly KeptClaim[]): ClaimIndex {
  const byFunction = new Map(claims.map((kept) => [kept.record.function, kept]));
  const byPhysical = new Map<string, KeptClaim>();
  for (const kept of claims) {
    const physical = physicalKeyOf(kept.record.function);
    if (physical !== undefined) byPhysical.set(physical, kept);
  }
  return { of: (key) => byFunction.get(key), below: (key) => byPhysical.get(key) };
}

/** What either of two has. */
export function eitherIndex(one: ClaimIndex, other: ClaimIndex): ClaimIndex {
  return { of: (key) => one.of(key) ?? other.of(key), below: (key) => one.below(key) ?? other.below(key) };
}

/** The key of the physical function that the key of a virtual one names. */
function physicalKeyOf(key: string): string | undefined {
  return parseFunctionKey(key)?.kind === 'virtual' ? key.replace(/\/vf\/\d+$/, '') : undefined;
}

/** `kvm1 0000:3b:00.0`, `kvm1 0000:3b:00.0 vf 3`, `8561-0123456 fid 0x000000a1`: a function's key as people read it. */
export function functionWords(key: string): string {
  const named = parseFunctionKey(key);
  if (named === undefined) return key;
  if (named.kind === 'machine') return `${named.serial} fid 0x${named.fid.toString(16).padStart(8, '0')}`;
  if (named.kind === 'address') return `${named.host} ${formatPciAddress(named.address)}`;
  return `${named.host} ${formatPciAddress(named.physicalFunction)} vf ${named.index}`;
}

/** `guest web on kvm1 (attached), for alice since 2026-11-26T08:00:00Z`: who has a claim. */
export function holderWords({ guest, host, state, by, at }: Claim): string {
  return `guest ${guest} on ${host} (${state}), for ${by} since ${at}`;
}

/** The function of that key as its host has published it. */
export function publishedFunction(host: HostRecord, key: string): PublishedFunction | undefined {
  return host.functions.find((each) => each.key === key);
}
