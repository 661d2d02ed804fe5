/** Hints of commands in the words of a wish, which has no options. */
import { wordTable } from '../word-table.ts';

const WORDS = wordTable<string>({
  '--driver': 'driver',
  '--uid': 'uid',
  '--fid': 'fid',
  '--config': 'scope: config',
  '--live': 'scope: live',
  '--group': 'its other functions under functions',
});

/**
 * What there is to do, for somebody who writes a file; commands that are named stay as they are typed.
 *
 * @example `hintOfWish('change what runs: --live')` is `change what runs: scope: live`.
 */
export function hintOfWish(hint: string): string {
  return hint.replaceAll(/'[^']*'|--[a-z]+/g, (word) => WORDS[word] ?? word);
}
