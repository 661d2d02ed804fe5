/** Which uid and fid a function of IBM Z is to have in a guest: its own on the machine where nobody has them, else ones that are free. */
import { HostdevError } from '../../errors.ts';
import { formatFid, formatUid, ZPCI_RANGE, type ZpciIds, type ZpciIdSets } from '../../pci/zpci.ts';
import { parseFid, parseUid } from '../../pci/zpci-id.ts';
import type { Random } from './choose.ts';
import type { PublishedFunction, ReservedIds } from './records.ts';

/** So many free ones are drawn from by somebody who was not fast enough. */
const DRAWN_FROM = 256;

/**
 * What is liked, where none of `taken` has it; else the lowest that is free, or one of the lowest by chance.
 *
 * Two functions seldom like the same: so those who claim at once seldom want the same ids.
 *
 * @throws {HostdevError} `zpci-exhausted`.
 */
export function freeIds(liked: ZpciIds, taken: readonly ZpciIdSets[], random: Random = () => 0): Required<ZpciIds> {
  return { uid: freeId('uid', liked.uid, taken, random), fid: freeId('fid', liked.fid, taken, random) };
}

function freeId(kind: 'uid' | 'fid', liked: number | undefined, taken: readonly ZpciIdSets[], random: Random): number {
  const isFree = (id: number): boolean => !taken.some((each) => each[kind].has(id));
  if (liked !== undefined && isFree(liked)) return liked;
  let skipped = Math.floor(random() * DRAWN_FROM);
  let last: number | undefined;
  for (let id: number = ZPCI_RANGE[kind].min; id <= ZPCI_RANGE[kind].max; id += 1) {
    if (!isFree(id)) continue;
    last = id;
    if (skipped === 0) return id;
    skipped -= 1;
  }
  if (last !== undefined) return last;
  throw new HostdevError('zpci-exhausted', `no ${kind} is left in the fleet`, { hint: "release what nobody needs: 'hostdev fleet claims' shows it" });
}

/** What there is of a function's ids before it is in a guest. */
interface IdsOfFunction {
  /** What its claim keeps, for this guest. */
  readonly kept: Required<ZpciIds> | undefined;
  /** What it has on its machine. */
  readonly own: ZpciIds;
}

/**
 * Which ids a function gets in a guest: what is kept for it, but for a half that another device of the guest has already and that gives way to a free one;
 * where nothing is kept, as {@link freeIds}.
 *
 * @throws {HostdevError} `zpci-exhausted`.
 */
export function idsInGuest({ kept, own }: IdsOfFunction, inGuest: ZpciIdSets, taken: readonly ZpciIdSets[]): Required<ZpciIds> {
  if (kept === undefined) return freeIds(own, [inGuest, ...taken]);
  const half = (kind: 'uid' | 'fid'): number => (inGuest[kind].has(kept[kind]) ? freeId(kind, undefined, [inGuest, ...taken], () => 0) : kept[kind]);
  return { uid: half('uid'), fid: half('fid') };
}

/**
 * Those of the function on its machine; 0 is a fid, and none is not 0.
 *
 * @throws {HostdevError} where what its host has published is no id.
 */
export function ownIds({ uid, fid }: Pick<PublishedFunction, 'uid' | 'fid'>): ZpciIds {
  return { ...(uid === null ? {} : { uid: parseUid(uid) }), ...(fid === null ? {} : { fid: parseFid(fid) }) };
}

/** Whether it is one of IBM Z: each has a fid there, and nothing else has one. */
export function hasIds({ fid }: Pick<PublishedFunction, 'fid'>): boolean {
  return fid !== null;
}

export function formatIds({ uid, fid }: Required<ZpciIds>): ReservedIds {
  return { uid: formatUid(uid), fid: formatFid(fid) };
}

export function parseIds({ uid, fid }: ReservedIds): Required<ZpciIds> {
  return { uid: Number(uid), fid: Number(fid) };
}

/** The same, and these. */
export function withIds(taken: ZpciIdSets, { uid, fid }: Required<ZpciIds>): ZpciIdSets {
  return { uid: new Set([...taken.uid, uid]), fid: new Set([...taken.fid, fid]) };
}
