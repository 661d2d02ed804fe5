/** A wish as a file: YAML that every reader takes for the same, since all texts are in quotes. */
import type { WishFile } from './schema.ts';

/** What is said beside a thing, by its JSON pointer: the name of a function. */
export type Comments = ReadonlyMap<string, string>;

/**
 * The text of a wish, in the order of its names.
 *
 * @example `formatWish({ formatVersion: 1, slots: [] }, new Map())` is `formatVersion: 1\n` and `slots: []\n`.
 */
export function formatWish(wish: WishFile, comments: Comments): string {
  return linesOf(wish, '', { comments, indent: '' })
    .map((line) => `${line}\n`)
    .join('');
}

interface Place {
  readonly comments: Comments;
  readonly indent: string;
}

function linesOf(object: object, pointer: string, { comments, indent }: Place): string[] {
  return Object.entries(object).flatMap(([name, value]: [string, unknown]): string[] => {
    const at = `${pointer}/${name}`;
    const comment = comments.get(at);
    const behind = comment === undefined ? '' : `  # ${comment.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')}`;
    if (value === undefined) return [];
    if (Array.isArray(value))
      return [
        `${indent}${name}:${value.length === 0 ? ' []' : ''}${behind}`,
        ...value.flatMap((each: unknown, i) => itemLines(each, `${at}/${i}`, { comments, indent: `${indent}  ` })),
      ];
    if (typeof value === 'object' && value !== null) return [`${indent}${name}:${behind}`, ...linesOf(value, at, { comments, indent: `${indent}  ` })];
    return [`${indent}${name}: ${JSON.stringify(value)}${behind}`];
  });
}

function itemLines(value: unknown, pointer: string, { comments, indent }: Place): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}- ${JSON.stringify(value)}`];
  const [first = '', ...rest] = linesOf(value, pointer, { comments, indent: `${indent}  ` });
  return [`${indent}- ${first.trimStart()}`, ...rest];
}
