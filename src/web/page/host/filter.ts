/** Search and filters. They leave rows out, and never change what a row says. */
import type { Place } from '../place/place.ts';
import type { Holders } from './holders.ts';
import type { HostNode, ListedFunction, ListedSlot } from './node.ts';
import { idWords } from './words.ts';

export type Filter = Pick<Place, 'search' | 'verdict' | 'classWord' | 'guest'>;

export function isEmpty({ search, verdict, classWord, guest }: Filter): boolean {
  return search.trim() === '' && verdict === null && classWord === null && guest === null;
}

/** The nodes that match, with what they are in. */
export function filterTree(nodes: readonly HostNode[], filter: Filter, holders: Holders): readonly HostNode[] {
  if (isEmpty(filter)) return nodes;
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const keep = (node: HostNode): readonly HostNode[] => {
    const children = node.children.flatMap(keep);
    if (children.length > 0) return [{ ...node, children }];
    const matches =
      node.kind === 'function' ? functionMatches(node.function, filter, words, holders) : node.kind === 'slot' && slotMatches(node.slot, filter, words);
    return matches ? [{ ...node, children: [] }] : [];
  };
  return nodes.flatMap(keep);
}

function functionMatches(each: ListedFunction, { verdict, classWord, guest }: Filter, words: readonly string[], holders: Holders): boolean {
  if (verdict !== null && each.verdict !== verdict) return false;
  if (classWord !== null && each.classWord !== classWord) return false;
  const held = holders.get(each.hostAddress) ?? [];
  if (guest !== null && !held.some((holding) => holding.guest === guest)) return false;
  if (words.length === 0) return true;
  const text = [
    ...[each.hostAddress, each.verdict, each.class, each.className, each.classWord, each.vendorName, each.deviceName, each.driver],
    ...[`${each.vendor}:${each.device}`.replaceAll('0x', ''), ...each.kernelNames, ...each.why, ...each.evidence],
    ...[each.fid, each.uid, idWords(each), each.pchid, each.iommuGroup === null ? null : `group ${each.iommuGroup}`],
    ...held.map((holding) => holding.guest),
  ];
  return hasAll(text, words);
}

function slotMatches(slot: ListedSlot, { verdict, classWord, guest }: Filter, words: readonly string[]): boolean {
  if (guest !== null || (verdict !== null && verdict !== 'standby') || (classWord !== null && slot.classWord !== classWord)) return false;
  return hasAll([slot.fid, idWords(slot), slot.state, slot.uid, slot.pchid, slot.functionType, slot.vendorName, slot.deviceName, slot.classWord], words);
}

function hasAll(text: readonly (string | null)[], words: readonly string[]): boolean {
  const all = text.join('\n').toLowerCase();
  return words.every((word) => all.includes(word));
}
