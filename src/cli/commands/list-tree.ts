/** `list --tree`: IOMMU groups, the functions in each, and those behind a bridge of it below that bridge. */
import type { ListedFunction } from '../../state/listed-function.ts';
import type { Io } from '../io.ts';
import { LIST_COLUMNS, type ListColumn } from './list-columns.ts';
import type { TableLine } from './list-table.ts';

const SHOWN = ['class', 'driver', 'verdict', 'name', 'note', 'device'];

/** The tree takes the place of addresses and groups. */
export const TREE_COLUMNS: readonly ListColumn[] = [
  ...LIST_COLUMNS.filter(({ name }) => name === 'address').map((column) => ({ ...column, title: 'GROUP AND FUNCTION' })),
  ...SHOWN.flatMap((name) => LIST_COLUMNS.find((column) => column.name === name) ?? []),
];

interface Signs {
  readonly branch: string;
  readonly end: string;
  readonly past: string;
}

const UNICODE: Signs = { branch: '├─ ', end: '└─ ', past: '│  ' };
const ASCII: Signs = { branch: '|- ', end: '\\- ', past: '|  ' };

export function treeLines(rows: readonly ListedFunction[], { hasUnicode }: Pick<Io['terminal'], 'hasUnicode'>): TableLine[] {
  const groups = new Map<number | null, ListedFunction[]>();
  for (const row of rows) groups.set(row.iommuGroup, [...(groups.get(row.iommuGroup) ?? []), row]);
  const numbers = [...groups.keys()].sort((a, b) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
  return numbers.flatMap((number) => {
    const members = groups.get(number) ?? [];
    const heading = { row: undefined, instead: { address: number === null ? 'no IOMMU group' : `IOMMU group ${number}` } };
    return [heading, ...branches(members, undefined, { signs: hasUnicode ? UNICODE : ASCII, indent: '' })];
  });
}

interface Branch {
  readonly signs: Signs;
  readonly indent: string;
}

/** The members that are behind a bridge, or behind none that is a member. */
function branches(members: readonly ListedFunction[], bridge: ListedFunction | undefined, { signs, indent }: Branch): TableLine[] {
  const isMember = (address: string | null): boolean => members.some((member) => member.address === address);
  const here = members.filter(({ behind }) => (bridge === undefined ? !isMember(behind) : behind === bridge.address));
  return here.flatMap((row, at) => {
    const isLast = at === here.length - 1;
    // A bridge of another group says where in the machine it is.
    const place = bridge === undefined && row.behind !== null ? [`behind ${row.behind}`] : [];
    const address = `${indent}${isLast ? signs.end : signs.branch}${row.address}`;
    const line = { row: { ...row, why: [...row.why, ...place] }, instead: { address } };
    return [line, ...branches(members, row, { signs, indent: `${indent}${isLast ? '   ' : signs.past}` })];
  });
}
