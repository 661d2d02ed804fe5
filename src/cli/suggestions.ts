/** What commander says of words that it does not know, with suggestions that are likely. */
import { wordTable } from '../word-table.ts';

/** Options that a command does not have, and what it has instead. */
const INSTEAD = wordTable<string>({
  'detach --pool': "a function that came from a pool is named by the MAC address that the guest's interface has: --mac ADDRESS",
});

export interface UnknownWord {
  /** Without suggestions that are unlikely. */
  readonly message: string;
  readonly hint: string | undefined;
}

/** Commander suggests what has few letters to change, which of a short word may be most of them. */
export function explainUnknown(said: string, command: string | undefined): UnknownWord {
  const [, word = ''] = /^unknown (?:command|option) '([^']*)'/.exec(said) ?? [];
  const hint = INSTEAD[`${command} ${word}`];
  const message = said.replace(/\n\(Did you mean (?:one of )?([^?]*)\?\)/, (_, names: string) => {
    const likely = hint === undefined ? names.split(', ').filter((name) => isLikely(word, name)) : [];
    if (likely.length === 0) return '';
    return `\n(Did you mean ${likely.length === 1 ? '' : 'one of '}${likely.join(', ')}?)`;
  });
  return { message, hint };
}

/** Whoever mistypes a word begins it right, or has only its beginning wrong. */
function isLikely(word: string, name: string): boolean {
  const [typed, meant] = [word, name].map((each) => each.replace(/^-+/, '')) as [string, string];
  return typed[0] === meant[0] || typed.slice(1) === meant.slice(1) || typed === meant.slice(1) || typed.slice(1) === meant;
}
