/** How much of what can be done exhaustively is done: a part in `npm test`, all of it in `npm run soak`. docs/laboratory.md lists both. */

/** All points, or each kind once. */
export type Scope = 'all' | 'kinds';

export const SCOPE: Scope = process.env['HOSTDEV_SOAK'] === '1' ? 'all' : 'kinds';

/** The scope that a word names. */
export function scopeOf(word: string): Scope {
  if (word === 'all' || word === 'kinds') return word;
  throw new Error(`${word} is no scope`);
}
