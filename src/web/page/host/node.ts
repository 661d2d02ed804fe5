/** The host as a tree of what is shown, before anything is folded or filtered. */
import type { WholeState } from '../../../server/api/state.ts';

export type ListedFunction = WholeState['functions'][number];
export type ListedSlot = WholeState['slots'][number];

/** `behind`: bridges with one child each that are merged into the row of what is behind them. */
export type HostNode = HostItem & { readonly key: string; readonly children: readonly HostNode[] };

type HostItem =
  | { readonly kind: 'function'; readonly function: ListedFunction; readonly behind: readonly string[] }
  /** A slot of IBM Z without a function. */
  | { readonly kind: 'slot'; readonly slot: ListedSlot }
  | { readonly kind: 'channel'; readonly pchid: string | null; readonly words: string }
  | { readonly kind: 'port'; readonly port: number }
  /** The virtual functions of a physical one, summed up. */
  | { readonly kind: 'virtual functions'; readonly functions: readonly ListedFunction[]; readonly words: string }
  /** The members of an IOMMU group. */
  | { readonly kind: 'group'; readonly iommuGroup: number | null; readonly words: string };

/** Every function and slot below a node, itself too. */
export function leavesOf(node: HostNode): readonly HostNode[] {
  const own = node.kind === 'function' || node.kind === 'slot' ? [node] : [];
  return [...own, ...node.children.flatMap(leavesOf)];
}

export function functionNode(given: ListedFunction, children: readonly HostNode[] = [], behind: readonly string[] = []): HostNode {
  return { kind: 'function', key: given.hostAddress, function: given, behind, children };
}

/** Key of a slot in rows, panels and places: a fid is no address. */
export function slotKey(fid: string): string {
  return `fid ${fid}`;
}

export function slotNode(slot: ListedSlot): HostNode {
  return { kind: 'slot', key: slotKey(slot.fid), slot, children: [] };
}
