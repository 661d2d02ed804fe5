/**
 * What `hostdev --help` prints. It looks as commander writes the help of a command, but is written without it: loading commander
 * and giving it every command takes four times as long as this.
 */
import type { CommandRow } from './command/row.ts';
import { COMMANDS, GROUPS } from './command/table.ts';

const DESCRIPTION = "Gives a host's PCI functions to KVM guests.";

const OPTIONS: readonly Item[] = [
  ['-V, --version', 'print the version'],
  ['-h, --help', 'print this help'],
];

const LAST = `'hostdev help COMMAND' prints the help of one command; options may stand
before it.
Exit status: 0 done, 1 refused or failed, 2 wrong usage; 3 host and wish differ
(diff, apply --dry-run).`;

/** Where there is no terminal. */
const USUAL_WIDTH = 80;

/** In less room than this a text is not wrapped. */
export const LEAST_WIDTH_TO_WRAP = 24;

const INDENT = '  ';

type Item = readonly [term: string, text: string];

/** The help of the whole, in lines of at most so many columns. */
export function overview(width = USUAL_WIDTH): string {
  const commands = commandItems();
  const longest = Math.max(...[...OPTIONS, ...commands].map(([term]) => term.length));
  const list = (items: readonly Item[]): string => items.map((item) => `${formatItem(item, longest, width)}\n`).join('');
  return `Usage: hostdev [options] [command]\n\n${DESCRIPTION}\n\nOptions:\n${list(OPTIONS)}\nCommands:\n${list(commands)}\n${LAST}\n`;
}

/** In the order of the table; commands of a group stand behind its name. */
function commandItems(): Item[] {
  const items = new Map<string, string>();
  for (const [name, { words, summary }] of Object.entries<CommandRow>(COMMANDS)) {
    const [first = ''] = name.split(' ');
    if (first in GROUPS) items.set(first, GROUPS[first] ?? '');
    else if (first === name) items.set([name, ...words.map(({ word }) => word)].join(' '), summary);
  }
  return [...items];
}

function formatItem([term, text]: Item, longest: number, width: number): string {
  const room = width - longest - 2 * INDENT.length;
  const lines = room < LEAST_WIDTH_TO_WRAP ? [text] : wrap(text, room);
  return `${INDENT}${term.padEnd(longest)}${INDENT}${lines.join(`\n${' '.repeat(longest + 2 * INDENT.length)}`)}`;
}

/** Words on as few lines as they need. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
