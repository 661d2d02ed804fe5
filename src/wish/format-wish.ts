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

/** What YAML 1.1 has not, or takes for the end of a line, or for the begin of a file. Source: YAML 1.1, 5.1 (c-printable), 5.2, 5.4 (b-char). */
const STRANGE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]/gu;

/** JSON is YAML, but for letters that it leaves as they are. */
function quoted(value: unknown): string {
  return JSON.stringify(value).replaceAll(STRANGE, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function linesOf(object: object, pointer: string, { comments, indent }: Place): string[] {
  return Object.entries(object).flatMap(([name, value]: [string, unknown]): string[] => {
    const at = `${pointer}/${name}`;
    const comment = comments.get(at);
    const behind = comment === undefined ? '' : `  # ${comment.replaceAll(STRANGE, ' ')}`;
    if (value === undefined) return [];
    if (Array.isArray(value))
      return [
        `${indent}${name}:${value.length === 0 ? ' []' : ''}${behind}`,
        ...value.flatMap((each: unknown, i) => itemLines(each, `${at}/${i}`, { comments, indent: `${indent}  ` })),
      ];
    if (typeof value === 'object' && value !== null) return [`${indent}${name}:${behind}`, ...linesOf(value, at, { comments, indent: `${indent}  ` })];
    return [`${indent}${name}: ${quoted(value)}${behind}`];
  });
}

function itemLines(value: unknown, pointer: string, { comments, indent }: Place): string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}- ${quoted(value)}`];
  const [first = '', ...rest] = linesOf(value, pointer, { comments, indent: `${indent}  ` });
  return [`${indent}- ${first.trimStart()}`, ...rest];
}
