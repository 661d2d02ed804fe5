/** Which rows of a list somebody wants to see. */
import { type ClassWord, isOfClass } from './class-words.ts';
import type { FunctionName } from '../domain/function-name.ts';
import type { ListedFunction } from './listed-function.ts';

/** What is asked for; a row has to have all of it. Of several words for one thing it has to have one. */
export interface ListFilter {
  readonly classes?: readonly ClassWord[] | undefined;
  /** Free to be given away, alone or together with its IOMMU group. */
  readonly free?: boolean | undefined;
  /** Name of the host driver; `none` for functions without. */
  readonly drivers?: readonly string[] | undefined;
  readonly iommuGroups?: readonly number[] | undefined;
  /** `10de`, `0x10de`, or a part of the name. */
  readonly vendors?: readonly string[] | undefined;
  /** Ids of IBM Z. */
  readonly ids?: readonly Exclude<FunctionName, { kind: 'address' }>[] | undefined;
}

/**
 * Whether a row has all that is asked for.
 *
 * @example
 * ```ts
 * import { listedFunction, matchesFilter, judge, pciNames } from 'hostdev';
 * import { readHostState } from 'hostdev/host';
 * import { fakeKernel } from 'hostdev/testing';
 * const state = await readHostState(fakeKernel([{ address: '01:00.0', driver: 'nvme', pciClass: 0x010802, iommuGroup: 7 }]));
 * const rows = judge(state).map((judgment) => listedFunction(judgment, state, pciNames(undefined)(judgment.device)));
 * console.log(rows.filter((row) => matchesFilter(row, { classes: ['storage'], free: true })).length); // → 1
 * ```
 */
export function matchesFilter(row: ListedFunction, { classes, free, drivers, iommuGroups, vendors, ids }: ListFilter): boolean {
  const some = <T>(wanted: readonly T[] | undefined, has: (each: T) => boolean): boolean => wanted === undefined || wanted.some(has);
  return (
    some(classes, (word) => isOfClass(Number.parseInt(row.class, 16) << 8, word)) &&
    (free !== true || row.verdict === 'free') &&
    some(drivers, (driver) => (row.driver ?? 'none') === driver) &&
    some(iommuGroups, (group) => row.iommuGroup === group) &&
    some(vendors, (vendor) => isOfVendor(row, vendor)) &&
    ID_KINDS.every((kind) => some(ofKind(ids, kind), ({ id }) => row[kind] !== null && Number(row[kind]) === id))
  );
}

const ID_KINDS = ['fid', 'uid', 'pchid'] as const;

function ofKind(ids: ListFilter['ids'], kind: (typeof ID_KINDS)[number]): ListFilter['ids'] {
  const found = ids?.filter((name) => name.kind === kind);
  return found?.length === 0 ? undefined : found;
}

/** `10de` or `0x10de`; anything else is a part of a name. */
export function isVendorId(text: string): boolean {
  return /^(?:0x)?[0-9a-f]{4}$/i.test(text);
}

function isOfVendor({ vendor, vendorName }: ListedFunction, wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  return (isVendorId(text) && Number(vendor) === Number.parseInt(text.replace(/^0x/, ''), 16)) || vendorName?.toLowerCase().includes(text) === true;
}
