/** Hosts and functions of a fleet in the shapes of the contract, and which functions somebody asks for. */
import { FORMAT_VERSION } from '../json/contract/envelope.ts';
import type { FLEET_FUNCTION, FLEET_HOST } from '../json/contract/fleet-hosts.ts';
import type { Of } from '../json/contract/shape.ts';
import { CLASS_WORDS, classWord, type ClassWord, isOfClass } from '../state/class-words.ts';
import type { HostOfFleet } from './fleet-hosts.ts';
import type { PublishedFunction } from './model/records.ts';
import type { ClaimIndex } from './model/view.ts';

export interface FleetFilter {
  readonly classes?: readonly ClassWord[] | undefined;
  /** `0x10de` */
  readonly vendors?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly numaNodes?: readonly number[] | undefined;
  /** Free, and claimed by nobody, nor what excludes it. */
  readonly free: boolean;
}

/** Functions of a host that have all that is asked for, in the host's order. */
export function functionItems({ host, claims }: HostOfFleet, filter: FleetFilter): Of<typeof FLEET_FUNCTION>[] {
  return host.record.functions
    .filter((each) => matches(each, filter) && (!filter.free || isFree(each, claims)))
    .map((each) => {
      const { key, class: code, vendor, device, verdict, evidence, driver, iommuGroup, numaNode, companions, physicalFunction, uid, fid, heldBy } = each;
      const claim = claims.of(key);
      return {
        ...{ formatVersion: FORMAT_VERSION, kind: 'function', host: host.record.host, key, hostAddress: each.address, class: code, vendor, device },
        ...{ verdict, evidence, driver, iommuGroup, numaNode, companions, physicalFunction, uid, fid, heldBy },
        claim: claim === undefined ? null : claimItem(claim),
      };
    });
}

export function hostItem({ host: { record }, claims, alive }: HostOfFleet): Of<typeof FLEET_HOST> {
  const { host, hostdev, bootId, sequence, at, architecture, libvirt, qemu, functions, problems } = record;
  const count = (is: (each: PublishedFunction) => boolean): number => functions.filter(is).length;
  return {
    ...{ formatVersion: FORMAT_VERSION, kind: 'host', host, alive, hostdev, bootId, sequence, time: at, architecture, libvirt, qemu, problems },
    functions: functions.length,
    free: count((each) => isFree(each, claims)),
    held: count(({ verdict }) => verdict === 'held'),
    claimed: count(({ key }) => claims.of(key) !== undefined),
    classes: classCounts(functions, claims),
  };
}

/** Classes of which there is something, in the order of their table. */
function classCounts(functions: readonly PublishedFunction[], claims: ClaimIndex): Of<typeof FLEET_HOST>['classes'] {
  const byClass = new Map<ClassWord, PublishedFunction[]>();
  for (const each of functions) {
    const word = classWord(Number(each.class));
    const before = byClass.get(word);
    if (before === undefined) byClass.set(word, [each]);
    else before.push(each);
  }
  return CLASS_WORDS.flatMap(({ word }) => {
    const all = byClass.get(word) ?? [];
    if (all.length === 0) return [];
    const count = (is: (each: PublishedFunction) => boolean): number => all.filter(is).length;
    return [
      {
        ...{ class: word, functions: all.length, free: count((each) => isFree(each, claims)) },
        ...{ held: count(({ verdict }) => verdict === 'held'), inUse: count(({ verdict }) => verdict === 'in use') },
      },
    ];
  });
}

function isFree({ verdict, key, companions, physicalFunction }: PublishedFunction, claims: ClaimIndex): boolean {
  const others = physicalFunction === null ? companions : [...companions, physicalFunction];
  return verdict === 'free' && [key, ...others].every((each) => claims.of(each) === undefined) && claims.below(key) === undefined;
}

function matches(each: PublishedFunction, { classes, vendors, devices, numaNodes }: FleetFilter): boolean {
  const some = <T>(wanted: readonly T[] | undefined, has: (one: T) => boolean): boolean => wanted === undefined || wanted.some(has);
  return (
    some(classes, (word) => isOfClass(Number(each.class), word)) &&
    some(vendors, (id) => each.vendor === id) &&
    some(devices, (id) => each.device === id) &&
    some(numaNodes, (node) => each.numaNode === node)
  );
}

function claimItem({
  record: { guest, host, state, by, why, zpci },
  created,
}: NonNullable<ReturnType<ClaimIndex['of']>>): NonNullable<Of<typeof FLEET_FUNCTION>['claim']> {
  return { guest, host, state, by, why, uid: zpci?.uid ?? null, fid: zpci?.fid ?? null, token: String(created) };
}
