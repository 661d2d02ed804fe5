/** Functions that a wish is about, wherever it has them. */
import type { WordedWish } from './wish-words.ts';

export function functionsOf(draft: WordedWish): readonly string[] {
  const { functions, old, next, physicalFunction, virtualFunction } = draft as Readonly<Record<string, unknown>>;
  const all = [...(Array.isArray(functions) ? functions : []), old, next, physicalFunction, virtualFunction];
  return [...new Set(all.filter((each): each is string => typeof each === 'string' && each !== ''))];
}
