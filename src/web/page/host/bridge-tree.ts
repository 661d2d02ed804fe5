/** The PCI tree: bridges with what is behind them. A bridge with one child is merged into its row, as `00:1c.0 › 02:00.0`. */
import { functionNode, type HostNode, type ListedFunction } from './node.ts';
import { byPhysicalFunction, virtualNode } from './virtual.ts';

/** Functions in the order in which they are given. */
export function bridgeTree(functions: readonly ListedFunction[]): readonly HostNode[] {
  const virtual = byPhysicalFunction(functions);
  const summedUp = new Set([...virtual.values()].flat());
  const known = new Set(functions.map(({ hostAddress }) => hostAddress));
  const behind = new Map<string | null, ListedFunction[]>();
  for (const each of functions) {
    if (summedUp.has(each)) continue;
    // A bridge that was not read is as if there were none: what is behind it is shown all the same.
    const parent = each.behind !== null && known.has(each.behind) && each.behind !== each.hostAddress ? each.behind : null;
    const siblings = behind.get(parent);
    if (siblings === undefined) behind.set(parent, [each]);
    else siblings.push(each);
  }
  const nodesBehind = (parent: string | null): readonly HostNode[] => (behind.get(parent) ?? []).map(nodeOf);
  const nodeOf = (each: ListedFunction): HostNode => {
    const virtualFunctions = virtual.get(each.hostAddress);
    const below = nodesBehind(each.hostAddress);
    const only = below.length === 1 && virtualFunctions === undefined ? below[0] : undefined;
    if (only?.kind === 'function') return { ...only, behind: [each.hostAddress, ...only.behind] };
    return functionNode(each, [...(virtualFunctions === undefined ? [] : [virtualNode(each.hostAddress, virtualFunctions)]), ...below]);
  };
  return nodesBehind(null);
}
