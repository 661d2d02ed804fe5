/** docs/reference.md, made from the table of commands. */
import { type CommandName, COMMANDS } from '../../src/cli/command/table.ts';
import type { CommandRow, OptionRow } from '../../src/cli/command/row.ts';
import { TEXTS } from './texts.ts';

/** The whole document. */
export function reference(): string {
  const commands = Object.entries(COMMANDS) as [CommandName, CommandRow][];
  return [
    '# Reference',
    '',
    'Every command with its words and options. Made from the table of commands by `npm run manual`; the manual pages are made from the same.',
    '',
    'Options may stand before or after the command. Results go to stdout, everything else to stderr. Exit status: 0 done, 1 refused or failed, 2 wrong usage.',
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...commands.map(([name, { summary }]) => `| [\`${name}\`](#hostdev-${name.replaceAll(' ', '-')}) | ${cell(summary)} |`),
    ...commands.flatMap(([name, row]) => section(name, row)),
    '',
  ].join('\n');
}

function section(name: CommandName, { summary, words, options }: CommandRow): string[] {
  const { paragraphs = [], examples = [] } = TEXTS[name] ?? {};
  return [
    '',
    `## hostdev ${name}`,
    '',
    `\`${['hostdev', name, ...(options.length > 0 ? ['[option...]'] : []), ...words.map(({ word }) => word)].join(' ')}\``,
    '',
    ...(paragraphs.length === 0 ? [`${summary}.`] : paragraphs.flatMap((text, i) => [...(i === 0 ? [] : ['']), text.replaceAll('<', '\\<')])),
    ...table(
      'word',
      words.map(({ word, text }) => [word, text]),
    ),
    ...table(
      'option',
      options.map(({ flags, text }: OptionRow) => [flags, text]),
    ),
    ...(examples.length === 0 ? [] : ['', '```sh', ...examples.map(([what, line]) => `hostdev ${line}  # ${what}`), '```']),
  ];
}

function table(title: string, rows: readonly (readonly [term: string, text: string])[]): string[] {
  if (rows.length === 0) return [];
  return ['', `| ${title} | |`, '| --- | --- |', ...rows.map(([term, text]) => `| \`${term.replaceAll('|', '\\|')}\` | ${cell(text)} |`)];
}

/** Text in a table of Markdown. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<');
}
