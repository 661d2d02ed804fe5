/** Words of a filter that no function can have, or that nobody has: an empty list says nothing of which. */
import type { Problem } from '../errors.ts';
import { isVendorId, type ListFilter, matchesFilter } from './list-filter.ts';
import type { ListedFunction } from './listed-function.ts';

/** A warning for each thing that is asked for and that none of the rows has, whatever else they have. */
export function unmatchedWords({ drivers, vendors, ids }: ListFilter, rows: readonly ListedFunction[]): Problem[] {
  if (rows.length === 0) return [];
  return [...unmatchedDrivers(drivers, rows), ...unmatchedVendors(vendors, rows), ...(ids ?? []).flatMap((id) => idsElsewhere(id, rows))];
}

function unmatchedDrivers(drivers: ListFilter['drivers'], rows: readonly ListedFunction[]): Problem[] {
  if (drivers === undefined || rows.some((row) => matchesFilter(row, { drivers }))) return [];
  const there = distinct(rows.map(({ driver }) => driver ?? 'none'));
  return [warning(`no function has the driver ${quoted(drivers)}`, `there are ${there.join(', ')}`)];
}

function unmatchedVendors(vendors: ListFilter['vendors'], rows: readonly ListedFunction[]): Problem[] {
  if (vendors === undefined || rows.some((row) => matchesFilter(row, { vendors }))) return [];
  const names = distinct(rows.flatMap(({ vendorName }) => vendorName ?? []));
  const ids = distinct(rows.map(({ vendor }) => vendor));
  const areNames = !vendors.every(isVendorId);
  if (areNames && names.length === 0) {
    return [
      warning(
        `no vendor's name is known here, so none is found by ${quoted(vendors)}`,
        `an id works: there are ${ids.join(', ')}; names are known where the system has a file pci.ids`,
      ),
    ];
  }
  return [warning(`no function is of the vendor ${quoted(vendors)}`, `there are ${[...names, ...ids].join(', ')}`)];
}

function idsElsewhere({ kind }: NonNullable<ListFilter['ids']>[number], rows: readonly ListedFunction[]): Problem[] {
  if (rows.some((row) => row[kind] !== null)) return [];
  return [warning(`no function here has a ${kind}, which only IBM Z gives`, `leave --${kind} out, or name functions by their addresses`)];
}

function warning(message: string, hint: string): Problem {
  return { code: 'usage', severity: 'warning', message, hint };
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word.slice(0, 40)}'`).join(' or ');
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)].toSorted();
}
