/** Virtual functions below their physical one, summed up in one row: a card may have 255 of them. */
import { countWords } from './count.ts';
import { functionNode, type HostNode, type ListedFunction } from './node.ts';

/** Virtual functions whose physical function is there, by its address. */
export function byPhysicalFunction(functions: readonly ListedFunction[]): ReadonlyMap<string, readonly ListedFunction[]> {
  const known = new Set(functions.map(({ hostAddress }) => hostAddress));
  const found = new Map<string, ListedFunction[]>();
  for (const each of functions) {
    const { physicalFunction } = each;
    if (physicalFunction === null || !known.has(physicalFunction)) continue;
    const siblings = found.get(physicalFunction);
    if (siblings === undefined) found.set(physicalFunction, [each]);
    else siblings.push(each);
  }
  return found;
}

export function virtualNode(physicalFunction: string, functions: readonly ListedFunction[]): HostNode {
  const children = functions.map((each) => functionNode(each));
  return { kind: 'virtual functions', key: `vfs ${physicalFunction}`, functions, words: countWords(functions, 'VF'), children };
}
