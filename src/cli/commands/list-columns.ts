/** The columns that `list` can show: what they are called, where they come from, what becomes of them where there is no room. */
import { HostdevError } from '../../errors.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { ListedFunction } from '../../state/listed-function.ts';
import { deviceWords, idWords, shortDeviceWords } from '../device-words.ts';
import type { FittingColumn } from '../fit-columns.ts';

export interface ListColumn extends Pick<FittingColumn, 'title' | 'least' | 'keepsEnd' | 'leavesAt'> {
  /** As `--columns` and `--sort` name it. */
  readonly name: string;
  readonly text: string;
  readonly of: (row: ListedFunction) => string | null;
  readonly short?: (row: ListedFunction) => string | null;
  /** What it is sorted by, where that is not its text. */
  readonly key?: (row: ListedFunction) => number | string | null;
  /** Shown unless somebody chooses: always, where a function has a value, or only when it is named. */
  readonly shown: 'always' | 'where it says something' | 'when named';
}

export const LIST_COLUMNS: readonly ListColumn[] = [
  { name: 'address', title: 'ADDRESS', text: 'address on the host', of: (row) => row.address, key: addressKey, shown: 'always' },
  { name: 'fid', title: 'FID', text: 'function id of IBM Z', of: (row) => row.fid, key: (row) => idKey(row.fid), shown: 'where it says something' },
  {
    name: 'uid',
    title: 'UID',
    text: 'user-defined id of IBM Z',
    of: (row) => row.uid,
    key: (row) => idKey(row.uid),
    shown: 'where it says something',
    leavesAt: 10,
  },
  {
    name: 'pchid',
    title: 'PCHID',
    text: 'physical channel of IBM Z',
    of: (row) => row.pchid,
    key: (row) => idKey(row.pchid),
    shown: 'where it says something',
    leavesAt: 9,
  },
  { name: 'port', title: 'PORT', text: 'port of the card', of: (row) => row.port?.toString() ?? null, shown: 'where it says something', leavesAt: 1 },
  {
    ...{ name: 'group', title: 'GROUP', text: 'IOMMU group', shown: 'always', leavesAt: 7 },
    of: (row) => row.iommuGroup?.toString() ?? null,
    key: (row) => row.iommuGroup,
  },
  { name: 'class', title: 'CLASS', text: 'what it is, as --class asks for it', of: (row) => row.classWord, shown: 'always', leavesAt: 8 },
  { name: 'driver', title: 'DRIVER', text: 'host driver', of: (row) => row.driver, shown: 'always', least: 8, leavesAt: 6 },
  { name: 'verdict', title: 'VERDICT', text: 'whether it can be given to a guest', of: verdictWords, short: shortVerdict, shown: 'always' },
  {
    ...{ name: 'name', title: 'NAME', text: 'network interface or disk', shown: 'where it says something', least: 7, leavesAt: 3 },
    of: ({ kernelNames }) => listed(kernelNames),
  },
  {
    ...{ name: 'note', title: 'NOTE', text: 'what uses it, what keeps it, whose VF it is', shown: 'where it says something', least: 8, leavesAt: 2 },
    of: (row) => noteWords(row, row.physicalFunction),
    short: (row) => noteWords(row, row.physicalFunction?.replace(/^0000:/, '') ?? null),
  },
  { name: 'vf-of', title: 'VF OF', text: 'its physical function', of: (row) => row.physicalFunction, shown: 'when named' },
  { name: 'device', title: 'DEVICE', text: 'names and ids', of: deviceWords, short: shortDeviceWords, shown: 'always', least: 11, keepsEnd: true, leavesAt: 5 },
  { name: 'id', title: 'ID', text: 'vendor and device id', of: idWords, shown: 'when named' },
  { name: 'vendor', title: 'VENDOR', text: 'name of the vendor', of: (row) => row.vendorName ?? row.vendor, shown: 'when named', least: 8 },
  { name: 'kind', title: 'KIND', text: "the class in the specification's words", of: (row) => row.className ?? row.class, shown: 'when named', least: 8 },
  { name: 'behind', title: 'BEHIND', text: 'the bridge or port above it', of: (row) => row.behind, shown: 'when named' },
];

/**
 * The columns of `--columns` or `--sort`: names with commas between.
 *
 * @throws {HostdevError} `usage` for a name that no column has.
 */
export function columnsNamed(option: string, text: string): ListColumn[] {
  const names = text.split(',').map((name) => name.trim().toLowerCase());
  const unknown = names.filter((name) => !LIST_COLUMNS.some((column) => column.name === name));
  if (unknown.length > 0) {
    throw new HostdevError('usage', `${option} names no column '${unknown.join("', '").slice(0, 60)}'`, {
      hint: `there are ${LIST_COLUMNS.map(({ name }) => name).join(', ')}`,
    });
  }
  return names.flatMap((name) => LIST_COLUMNS.find((column) => column.name === name) ?? []);
}

/** What is shown when nobody chooses. */
export function usualColumns(rows: readonly ListedFunction[]): ListColumn[] {
  return LIST_COLUMNS.filter(({ shown, of }) => shown === 'always' || (shown !== 'when named' && rows.some((row) => of(row) !== null)));
}

/** By columns, the first counting most; what has no value comes last, and what is the same stays as it was. */
export function sortRows(rows: readonly ListedFunction[], columns: readonly ListColumn[]): ListedFunction[] {
  const order = new Intl.Collator('en', { numeric: true });
  const compare = (a: number | string | null, b: number | string | null): number => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return typeof a === 'number' && typeof b === 'number' ? a - b : order.compare(String(a), String(b));
  };
  return rows.toSorted((a, b) => {
    for (const { key, of } of columns) {
      const difference = compare((key ?? of)(a), (key ?? of)(b));
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

/** Its place in lspci's order. */
function addressKey(row: ListedFunction): number {
  const { domain, bus, slot, function: fn } = parsePciAddress(row.address);
  return domain * 0x1_0000 + bus * 0x100 + slot * 8 + fn;
}

function idKey(id: string | null): number | null {
  return id === null ? null : Number(id);
}

/** A function whose group mates are with host drivers goes only together with those. */
function verdictWords(row: ListedFunction): string {
  const others = mustGo(row);
  return row.verdict === 'free' && others > 0 ? `free with ${others} ${others === 1 ? 'other' : 'others'}` : row.verdict;
}

function shortVerdict(row: ListedFunction): string {
  const others = mustGo(row);
  if (row.verdict === 'free' && others > 0) return `free +${others}`;
  return row.verdict === 'not assignable' ? 'no' : row.verdict;
}

function mustGo({ companions }: ListedFunction): number {
  return companions.filter((each) => each.mustGo).length;
}

/** That a bridge is one stands in its class. */
function noteWords({ why }: ListedFunction, physicalFunction: string | null): string | null {
  return listed([...why.filter((word) => word !== 'bridge'), ...(physicalFunction === null ? [] : [`VF of ${physicalFunction}`])]);
}

function listed(words: readonly string[]): string | null {
  return words.length === 0 ? null : words.join(', ');
}
