/** What may stand at the end of a command line that somebody is writing. */
import type { CommandRow, OptionRow } from '../command/row.ts';
import { splitWords } from '../command/split-words.ts';
import { type CommandName, COMMANDS, GROUPS } from '../command/table.ts';
import { commandFirst, commandNamed, optionNames, takesValue } from '../command/word-order.ts';
import { type Source, sourcesOfOption, sourcesOfWord } from './sources.ts';

export interface Expected {
  /** What the last word begins with and every candidate keeps: `--managed=`. */
  readonly kept: string;
  readonly sources: readonly Source[];
}

/** The words before the one that is being written, and that one, which may be empty. */
export function expectedAt(before: readonly string[], current: string): Expected {
  const words = commandFirst(before);
  const { name, rest } = commandOf(words);
  const options = name === undefined ? allOptions() : COMMANDS[name].options;
  const end = before.indexOf('--');
  const isEnded = end !== -1;
  // Behind it stands another command line.
  if (name === 'report' && isEnded) return expectedAt(before.slice(end + 1), current);
  const last = isEnded ? undefined : before.at(-1);
  const awaiting = last !== undefined && takesValue(last, name) ? optionNamed(last, options) : undefined;
  if (awaiting !== undefined) return { kept: behindCommas(awaiting, current), sources: sourcesOfOption(awaiting) };
  const [, given] = isEnded ? [] : (/^(--[\w-]+)=/.exec(current) ?? []);
  if (given !== undefined) {
    const row = optionNamed(given, options);
    const begin = `${given}=`;
    return { kept: `${begin}${behindCommas(row, current.slice(begin.length))}`, sources: sourcesOfOption(row) };
  }
  if (current.startsWith('-') && !isEnded) return { kept: '', sources: [optionCandidates(options, before)] };
  if (name === undefined) return { kept: '', sources: [commandCandidates(splitWords(words, name).words)] };
  const subcommands = rest.length === 0 ? [commandCandidates(words)] : [];
  return { kept: '', sources: [...subcommands, ...wordSources(name, splitWords(rest, name).words.length)] };
}

/** What stands before the value that is being written, where an option may have several. */
function behindCommas(row: OptionRow | undefined, text: string): string {
  return row?.several === true ? text.slice(0, text.lastIndexOf(',') + 1) : '';
}

/** The command among ordered words, and what stands behind it. */
function commandOf(words: readonly string[]): { readonly name: CommandName | undefined; readonly rest: readonly string[] } {
  const name = commandNamed(words);
  return { name, rest: words.slice(name?.split(' ').length ?? 0) };
}

function wordSources(name: CommandName, at: number): readonly Source[] {
  const { words }: CommandRow = COMMANDS[name];
  const last = words.at(-1);
  const row = words[at] ?? (last?.word.includes('...') === true ? last : undefined);
  return row === undefined ? [] : sourcesOfWord(name, row.word);
}

function allOptions(): readonly OptionRow[] {
  const seen = new Map(Object.values<CommandRow>(COMMANDS).flatMap(({ options }) => options.map((row) => [row.flags, row] as const)));
  return [...seen.values()];
}

function optionNamed(name: string, options: readonly OptionRow[]): OptionRow | undefined {
  return [...options, ...allOptions()].find(({ flags }) => optionNames(flags).includes(name));
}

/** What is given already is not offered again. */
function optionCandidates(options: readonly OptionRow[], before: readonly string[]): Source {
  const given = new Set(before.map((word) => word.split('=', 1)[0]));
  const rows = options.filter(({ flags }) => optionNames(flags).every((name) => !given.has(name)));
  return [...rows.map(({ flags, text }) => ({ value: optionNames(flags).at(-1) ?? '', text })), { value: '--help', text: 'print this help' }];
}

/** Names of commands, or the next words of those that have several. */
function commandCandidates(words: readonly string[]): Source {
  const isHelp = words[0] === 'help';
  const typed = isHelp ? words.slice(1) : words;
  const rows = [...Object.entries<CommandRow>(COMMANDS).map(([name, { summary }]) => [name, summary] as const), ...Object.entries(GROUPS)];
  const own = [['help', 'print the help of a command']] as const;
  if (typed.length === 0) return [...rows.filter(([name]) => !name.includes(' ')), ...(isHelp ? [] : own)].map(([value, text]) => ({ value, text }));
  const begin = `${typed.join(' ')} `;
  return rows.flatMap(([name, text]) => (name.startsWith(begin) && !name.includes(' ', begin.length) ? [{ value: name.slice(begin.length), text }] : []));
}
