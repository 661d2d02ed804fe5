/** What stands behind a command's name: words, and options with their values. */
import type { CommandName } from './table.ts';
import { takesValue } from './word-order.ts';

export interface SplitWords {
  /** What is neither an option nor an option's value. */
  readonly words: readonly string[];
  /** By the option as it was written (`-c`, `--connect`); empty where it has no value. */
  readonly options: ReadonlyMap<string, string>;
}

/** Of a command that is not known yet an option has a value where that of any command has. */
export function splitWords(rest: readonly string[], command: CommandName | undefined): SplitWords {
  const words: string[] = [];
  const options = new Map<string, string>();
  for (let at = 0; at < rest.length; at += 1) {
    const word = rest[at] ?? '';
    if (word === '--') return { words: [...words, ...rest.slice(at + 1)], options };
    const [, long = word, value] = /^(--[^=]+)=([\s\S]*)$/.exec(word) ?? [];
    const short = word.slice(0, 2);
    if (!word.startsWith('-') || word === '-') words.push(word);
    else if (value !== undefined) options.set(long, value);
    else if (takesValue(word, command)) options.set(word, rest[(at += 1)] ?? '');
    else if (!word.startsWith('--') && takesValue(short, command)) options.set(short, word.slice(2));
    else options.set(word, '');
  }
  return { words, options };
}
