/** The host by IOMMU group: those of several functions have a row of their own, with how many they are. */
import { countWords } from './count.ts';
import { functionNode, type HostNode, type ListedFunction, type ListedSlot, slotNode } from './node.ts';

export function groupTree(functions: readonly ListedFunction[], slots: readonly ListedSlot[]): readonly HostNode[] {
  const groups = new Map<number | null, ListedFunction[]>();
  for (const each of functions) {
    const members = groups.get(each.iommuGroup);
    if (members === undefined) groups.set(each.iommuGroup, [each]);
    else members.push(each);
  }
  const ordered = [...groups].toSorted(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
  const there = new Set(functions.map(({ fid }) => fid));
  return [
    ...ordered.flatMap(([iommuGroup, members]): readonly HostNode[] => {
      const children = members.map((each) => functionNode(each));
      if (children.length === 1) return children;
      return [{ kind: 'group', key: `group ${iommuGroup ?? 'none'}`, iommuGroup, words: countWords(members, 'function'), children }];
    }),
    ...slots.filter(({ fid }) => !there.has(fid)).map(slotNode),
  ];
}
