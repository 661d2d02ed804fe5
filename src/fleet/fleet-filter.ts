/** Which hosts and functions of a fleet somebody asks for, from the words of a command line or of an address. */
import { HostdevError } from '../errors.ts';
import { parseCount } from '../pci/count.ts';
import { CLASS_WORDS, type ClassWord, parseClassWord } from '../state/class-words.ts';
import type { FleetFilter } from './fleet-items.ts';
import { ensureFleetName } from './model/keys.ts';

/** What was written behind each; several values stand between commas. */
export interface FleetWords {
  readonly class?: string | undefined;
  readonly vendor?: string | undefined;
  readonly device?: string | undefined;
  readonly numa?: string | undefined;
  readonly free?: boolean | undefined;
}

/** What a word is called where it was written: `--class`, `class`. */
type Called = (name: string) => string;

/**
 * Of several values of one word a function has to have one, of several words all.
 *
 * @throws {HostdevError} `usage`, `number-malformed`, `number-ambiguous`.
 */
export function parseFleetFilter(words: FleetWords, called: Called): FleetFilter {
  const each = <T>(name: 'class' | 'vendor' | 'device' | 'numa', parse: (what: string, text: string) => T): T[] | undefined =>
    values(called(name), words[name])?.map((text) => parse(called(name), text));
  return {
    classes: each('class', classNamed),
    vendors: each('vendor', idOf),
    devices: each('device', idOf),
    numaNodes: each('numa', (what, text) => parseCount(what, text, { least: 0, most: 65_535, hint: 'a number, as lscpu has it' })),
    free: words.free === true,
  };
}

/** Names of hosts between commas. @throws {HostdevError} `usage`. */
export function parseHostNames(what: string, text: string | undefined): string[] | undefined {
  return values(what, text)?.map(ensureFleetName);
}

function values(what: string, text: string | undefined): string[] | undefined {
  const all = text?.split(',').map((part) => part.trim());
  if (all?.includes('') === true) throw new HostdevError('usage', `${what} names nothing`, { hint: 'values stand between commas' });
  return all;
}

function classNamed(what: string, text: string): ClassWord {
  const word = parseClassWord(text);
  if (word !== undefined) return word;
  throw new HostdevError('usage', `${what} knows no '${text.slice(0, 40)}'`, { hint: `there are ${CLASS_WORDS.map((row) => row.word).join(', ')}` });
}

/** As records have it: `0x10de`. */
function idOf(what: string, text: string): string {
  const [, digits] = /^(?:0x)?([0-9a-f]{4})$/i.exec(text) ?? [];
  if (digits !== undefined) return `0x${digits.toLowerCase()}`;
  throw new HostdevError('number-malformed', `${what} '${text.slice(0, 40)}' is no id`, { hint: 'an id is four hexadecimal digits: 10de' });
}
