/** The rows of the tree as they stand below each other: which are unfolded, how deep, and where the brackets of IOMMU groups begin and end. */
import type { HostNode } from './node.ts';

type Bracket = 'first' | 'middle' | 'last' | 'only';

export interface HostRow {
  readonly node: HostNode;
  readonly level: number;
  readonly position: number;
  readonly siblings: number;
  /** null: nothing is below it. */
  readonly unfolded: boolean | null;
  readonly parent: string | null;
  /** Of the IOMMU group of more than one function that it is in; null where it is alone in its group. */
  readonly bracket: Bracket | null;
}

/** What is folded as long as nobody has touched it: virtual functions, of which there are many and most are alike. */
function beginsUnfolded({ kind }: HostNode): boolean {
  return kind !== 'virtual functions';
}

/** `toggled`: keys of nodes that are not as they begin. `all`: everything is unfolded, so that what was found is seen. */
export function visibleRows(nodes: readonly HostNode[], toggled: ReadonlySet<string>, unfold: 'all' | 'as chosen' = 'as chosen'): readonly HostRow[] {
  const rows: Omit<HostRow, 'bracket'>[] = [];
  const add = (siblings: readonly HostNode[], level: number, parent: string | null): void => {
    for (const [at, node] of siblings.entries()) {
      const isUnfolded = unfold === 'all' || beginsUnfolded(node) !== toggled.has(node.key);
      const unfolded = node.children.length === 0 ? null : isUnfolded;
      rows.push({ node, level, position: at + 1, siblings: siblings.length, unfolded, parent });
      if (unfolded === true) add(node.children, level + 1, node.key);
    }
  };
  add(nodes, 1, null);
  return rows.map((row, at) => ({ ...row, bracket: bracketOf(groupAt(rows, at - 1), groupAt(rows, at), groupAt(rows, at + 1)) }));
}

/** The group of a row, where more than one function is in it. */
function groupAt(rows: readonly Omit<HostRow, 'bracket'>[], at: number): number | null {
  const node = rows[at]?.node;
  return node?.kind === 'function' && node.function.companions.length > 0 ? node.function.iommuGroup : null;
}

function bracketOf(above: number | null, own: number | null, below: number | null): Bracket | null {
  if (own === null) return null;
  if (above === own) return below === own ? 'middle' : 'last';
  return below === own ? 'first' : 'only';
}
