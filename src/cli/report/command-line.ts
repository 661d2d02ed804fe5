/** The command line that a report is about: only what reads is carried out, and of what changes something the dry run. */
import { basename } from 'node:path';
import { HostdevError } from '../../errors.ts';
import type { CommandRow } from '../command/row.ts';
import { splitWords, type SplitWords } from '../command/split-words.ts';
import { type CommandName, COMMANDS } from '../command/table.ts';
import { commandNamed, orderWords } from '../command/word-order.ts';

/** Words that are carried out as they stand here. */
export interface ReadingCommand extends SplitWords {
  readonly name: CommandName;
  readonly argv: readonly string[];
}

/** Commands that have no part in a report, and what to do instead. */
const LEFT_OUT: Partial<Record<CommandName, readonly [why: string, hint: string]>> = {
  report: ['makes reports itself', 'name the command that went wrong: hostdev report -- attach web 0000:03:00.0'],
  recover: ['changes this host, and has no dry run', 'leave it out: the report has the journal'],
  watch: ['does not end', 'leave it out'],
  ui: ['does not end', 'name the command that the page shows for what went wrong'],
  snapshot: ['prints a file of its own', "attach that as well: 'hostdev snapshot --redact > host.json'"],
};

/** Names of others are not taken out of what a command prints: only those of this machine are known. */
const OF_FLEET = ['tells of other hosts and of their guests', 'leave it out'] as const;

/** Commands that change nothing, whatever their options; but for those of {@link WRITING}. */
const READING: ReadonlySet<CommandName> = new Set<CommandName>([
  'diff',
  'export',
  'export nova',
  'export proxmox',
  ...(['list', 'show', 'xml', 'check', 'guests', 'migrate-check', 'pool show', 'slot list', 'persistent', 'status', 'history', 'metrics'] as const),
  ...(['expand', 'validate', 'args', 'topology', 'schema', 'completion'] as const),
]);

/** Options with which a command that reads writes, what that is, and what to do instead. */
const WRITING: Partial<Record<CommandName, readonly [options: readonly string[], why: string, hint: string]>> = {
  expand: [['--in-place'], 'it changes files', 'leave --in-place out'],
  metrics: [['--output', '-o'], 'it writes a file', 'leave it out: the report has what is printed'],
};

/** What people paste in front of the words. */
const IN_FRONT: ReadonlySet<string> = new Set(['sudo', 'npx', 'hostdev']);

/**
 * The words behind `hostdev report --`, made harmless.
 *
 * @throws {HostdevError} `usage` for what is no command, or one that has no part in a report.
 */
export function readingCommand(given: readonly string[]): ReadingCommand {
  const start = given.findIndex((word) => !IN_FRONT.has(basename(word)));
  const pasted = start === -1 ? [] : given.slice(start);
  const ordered = orderWords(pasted);
  const name = commandNamed(ordered);
  if (name === undefined) {
    throw new HostdevError('usage', `'${pasted[0] ?? 'hostdev'}' is no command of hostdev`, {
      hint: 'name one behind --: hostdev report -- check 0000:03:00.0',
    });
  }
  const [why, hint] =
    (name.startsWith('fleet ') ? OF_FLEET : LEFT_OUT[name]) ??
    (READING.has(name) || hasDryRun(name) ? [] : ['neither only reads nor has a dry run', 'leave it out']);
  if (why !== undefined) throw new HostdevError('usage', `'${name}' has no part in a report: it ${why}`, { subject: name, hint });
  // Behind it commander would take the name of a command for one.
  if (ordered.includes('--')) throw new HostdevError('usage', "a second '--' has no part in a report", { hint: 'write the words of the command without it' });
  const rest = ordered.slice(name.split(' ').length);
  const { words, options } = splitWords(rest, name);
  const [writing = [], whatItDoes = '', without] = WRITING[name] ?? [];
  const option = writing.find((each) => options.has(each));
  if (option !== undefined) {
    throw new HostdevError('usage', `'${name} ${option}' has no part in a report: ${whatItDoes}`, { subject: name, hint: without });
  }
  return { name, words, options, argv: [...name.split(' '), ...addedOptions(name, options), ...rest] };
}

function hasDryRun(name: CommandName): boolean {
  const row: CommandRow = COMMANDS[name];
  return row.options.some(({ flags }) => flags === '--dry-run');
}

/** Nothing is changed, and no whole definition is printed. */
function addedOptions(name: CommandName, options: ReadonlyMap<string, string>): string[] {
  const added = hasDryRun(name) ? ['--dry-run'] : name === 'expand' && !options.has('--between') ? ['--explain'] : [];
  return added.filter((option) => options.get(option) !== '');
}
