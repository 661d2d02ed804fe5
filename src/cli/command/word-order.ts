/** The words of a command line, put where commander wants them: the command first, then its options. */
import type { CommandRow } from './row.ts';
import { type CommandName, COMMANDS, GROUPS } from './table.ts';

/** What options do with the word behind them, by their names as they are written: `--root`, `-c`. */
interface OptionWords {
  /** It is their value. */
  readonly taking: ReadonlySet<string>;
  /** It is none: a value that may be missing stands behind `=`. */
  readonly mayTake: ReadonlySet<string>;
  /** There is none. */
  readonly bare: ReadonlySet<string>;
}

const HELP: ReadonlySet<string> = new Set(['-h', '--help']);

/** The option's names: `-c, --connect <uri>` → `-c`, `--connect`. */
export function optionNames(flags: string): string[] {
  // Every option of every command comes by here at every start.
  const end = flags.search(/[ [][<=]/);
  return (end === -1 ? flags : flags.slice(0, end)).split(', ');
}

function optionWords(): OptionWords {
  const words = { taking: new Set<string>(), mayTake: new Set<string>(), bare: new Set<string>() };
  for (const { options } of Object.values<CommandRow>(COMMANDS)) {
    for (const { flags } of options) {
      const kind = flags.includes('[=') ? words.mayTake : flags.includes('<') ? words.taking : words.bare;
      for (const name of optionNames(flags)) kind.add(name);
    }
  }
  return words;
}

const OPTION_WORDS = optionWords();

/**
 * A command line as commander reads it. `hostdev help vf create` asks for the help of a command, `hostdev version` for the version. Options
 * may stand before the command: `hostdev --root DIR list` is `hostdev list --root DIR`.
 */
export function orderWords(argv: readonly string[]): string[] {
  if (argv[0] === 'version' && argv.length === 1) return ['--version'];
  const first = commandAt(argv, 0);
  if (argv[first] === 'help') return helpWords(commandFirst(argv.filter((_, at) => at !== first)));
  return keepFollowingWords(commandFirst(argv));
}

/** Whatever stands behind the command, its help is all that is asked for. What is no command is left to commander, which says so. */
function helpWords(named: readonly string[]): string[] {
  const command = commandNamed(named);
  if (command !== undefined) return [...command.split(' '), '--help'];
  const [word = '-'] = named;
  if (word.startsWith('-')) return ['--help'];
  const group = beginningsOf(named).find((name) => Object.hasOwn(GROUPS, name));
  if (group === undefined) return [word];
  const depth = group.split(' ').length;
  const next = named[depth] ?? '-';
  return [...named.slice(0, depth), next.startsWith('-') ? '--help' : next];
}

/** No command's name has more words. */
const MOST_WORDS = 3;

/** What the first words may be the name of, the longest first. */
function beginningsOf(words: readonly string[]): string[] {
  return Array.from({ length: Math.min(MOST_WORDS, words.length) }, (_, at) => words.slice(0, at + 1).join(' ')).toReversed();
}

/** Whether the word behind an option is its value: of a command's, or, while it is not known which that is, of any command's. */
export function takesValue(option: string, command: CommandName | undefined): boolean {
  const own = command === undefined ? undefined : COMMANDS[command].options.find(({ flags }) => optionNames(flags).includes(option));
  return own === undefined ? OPTION_WORDS.taking.has(option) : own.flags.includes(' <');
}

/** The command whose name ordered words begin with. */
export function commandNamed(words: readonly string[]): CommandName | undefined {
  return beginningsOf(words).find((name): name is CommandName => Object.hasOwn(COMMANDS, name));
}

/** Moves the name of the command to the front; what is not known to any command stays where it is, for commander to refuse. */
export function commandFirst(argv: readonly string[]): string[] {
  const places = [commandAt(argv, 0)];
  let name = argv[places[0] ?? -1];
  if (name === undefined) return [...argv];
  while (BEGINNINGS.has(name)) {
    const next = commandAt(argv, (places.at(-1) ?? 0) + 1);
    const longer: string = `${name} ${argv[next] ?? ''}`;
    if (next === -1 || !(longer in COMMANDS || BEGINNINGS.has(longer))) break;
    places.push(next);
    name = longer;
  }
  return [...places.map((at) => argv[at] ?? ''), ...argv.filter((_, at) => !places.includes(at))];
}

/** Words behind which another one may belong to the command; some are commands themselves: `persistent`, `persistent remove`. */
const BEGINNINGS: ReadonlySet<string> = new Set(Object.keys(COMMANDS).flatMap((name) => beginningsOf(name.split(' ').slice(0, -1))));

/** Where the next word stands that is no option and no option's value; -1 where an option is not known, or there is none. */
function commandAt(argv: readonly string[], from: number): number {
  for (let at = from; at < argv.length; at += 1) {
    const word = argv[at] ?? '';
    if (word === '--') return -1;
    if (!word.startsWith('-') || word === '-') return at;
    const name = word.split('=', 1)[0] ?? '';
    if (OPTION_WORDS.taking.has(name)) at += word.includes('=') || !isValue(name, argv[at + 1]) ? 0 : 1;
    else if (!OPTION_WORDS.mayTake.has(name) && !OPTION_WORDS.bare.has(name) && !HELP.has(word)) return -1;
  }
  return -1;
}

/** Some options have a value in one command and none in another (`--group`): a command's name is none then. */
function isValue(option: string, next: string | undefined): boolean {
  return !OPTION_WORDS.bare.has(option) || next === undefined || !(next in COMMANDS || next in GROUPS);
}

/** Commander takes the word that follows for the value of an option that may have one: `--wait 00:05.0`. Only what stands behind = is one. */
function keepFollowingWords(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((word, at) => (OPTION_WORDS.mayTake.has(word) && (end === -1 || at < end) ? `${word}=` : word));
}
