/** Manual pages, made from the table of commands: hostdev(1), and one for each command. */
import { type CommandName, COMMANDS, GROUPS } from '../../src/cli/command/table.ts';
import type { CommandRow } from '../../src/cli/command/row.ts';
import { argument, definitions, optionMacro, type PageHead, pageHead, paragraph, wordMacro } from './mdoc.ts';
import { ENVIRONMENT, FILES, TEXTS } from './texts.ts';

type Edition = Pick<PageHead, 'date'>;

const EXIT_STATUS = [
  '.Sh EXIT STATUS',
  '.Bl -tag -width Ds',
  '.It 0',
  'Done.',
  '.It 1',
  'Refused or failed; stderr says why and what to do.',
  '.It 2',
  'Wrong usage.',
  '.El',
];

/** `vf create` → `hostdev-vf-create`. */
function pageName(command: string): string {
  return `hostdev-${command.replaceAll(' ', '-')}`;
}

/** Every page by the name of its file. */
export function manualPages(edition: Edition): ReadonlyMap<string, string> {
  const commands = Object.keys(COMMANDS) as CommandName[];
  return new Map([['hostdev.1', programPage(edition)], ...commands.map((name) => [`${pageName(name)}.1`, commandPage(name, edition)] as const)]);
}

function commandPage(name: CommandName, edition: Edition): string {
  const { summary, words, options }: CommandRow = COMMANDS[name];
  const { paragraphs = [], examples = [] } = TEXTS[name] ?? {};
  const lines = [
    ...pageHead({ name: pageName(name), summary, ...edition }),
    '.Sh SYNOPSIS',
    `.Nm hostdev ${name}`,
    ...(options.length > 0 ? ['.Op Ar option ...'] : []),
    ...words.map(({ word }) => `.${wordMacro(word)}`),
    '.Sh DESCRIPTION',
    ...(paragraphs.length === 0 ? paragraph(sentence(summary)) : paragraphs.flatMap((text, i) => [...(i === 0 ? [] : ['.Pp']), ...paragraph(text)])),
    ...(words.length > 0 ? ['.Pp', 'Its words:', ...definitions(words.map(({ word, text }) => [wordMacro(word), sentence(text)]))] : []),
    ...(options.length > 0 ? ['.Pp', 'Its options:', ...definitions(options.map(({ flags, text }) => [optionMacro(flags), sentence(text)]))] : []),
    ...EXIT_STATUS,
    ...(examples.length > 0 ? ['.Sh EXAMPLES', ...examples.flatMap(([what, line], i) => example(what, line, i === 0))] : []),
    '.Sh SEE ALSO',
    ...seeAlso(relatives(name)),
  ];
  return `${lines.join('\n')}\n`;
}

function programPage(edition: Edition): string {
  const commands = Object.entries<CommandRow>(COMMANDS);
  const lines = [
    ...pageHead({ name: 'hostdev', summary: "give a host's PCI functions to KVM guests", ...edition }),
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar command',
    '.Op Ar option ...',
    '.Op Ar word ...',
    '.Nm',
    '.Cm help',
    '.Op Ar command',
    '.Sh DESCRIPTION',
    '.Nm',
    'shows what the host has and what is safe to give away, writes the libvirt XML, predicts every guest',
    'address that libvirt would generate, takes functions from their host drivers and gives them back, and',
    'plugs them into guests that run.',
    'Results go to stdout, everything else to stderr.',
    'Options may stand before or after the command.',
    '.Pp',
    'Its commands, each with a page of its own:',
    ...definitions(commands.map(([name, { summary }]) => [`Xr ${pageName(name)} 1`, sentence(summary)])),
    '.Pp',
    'Its options:',
    ...definitions([
      ['Fl h , Fl -help', 'Print help; also behind a command.'],
      ['Fl V , Fl -version', 'Print the version.'],
    ]),
    '.Sh ENVIRONMENT',
    ...definitions(ENVIRONMENT.map(([name, text]) => [`Ev ${name}`, sentence(text)])),
    '.Sh FILES',
    ...definitions(FILES.map(([name, text]) => [`Pa ${name}`, sentence(text)])),
    ...EXIT_STATUS,
    '.Sh EXAMPLES',
    ...example('What this machine has, and what of it can be given away', 'list', true),
    ...example('Why a function can not', 'check 0000:01:00.0', false),
    ...example('What giving it to a guest would do', 'attach web 0000:01:00.0 --dry-run', false),
  ];
  return `${lines.map((line) => line.replace(/^(?=.{79})(.{1,78}) (.*)$/, '$1\n$2')).join('\n')}\n`;
}

function example(what: string, line: string, isFirst: boolean): string[] {
  return [...(isFirst ? [] : ['.Pp']), ...paragraph(`${what[0]?.toUpperCase()}${what.slice(1)}:`), `.Dl hostdev ${line.split(' ').map(argument).join(' ')}`];
}

/** Pages of the same group, and the program's own. */
function relatives(name: CommandName): string[] {
  const first = name.split(' ')[0] ?? '';
  const others = Object.keys(COMMANDS).filter((other) => other !== name && other.split(' ')[0] === first && (first in GROUPS || first in COMMANDS));
  return ['hostdev', ...others.map(pageName).toSorted()];
}

function seeAlso(names: readonly string[]): string[] {
  return names.map((name, i) => `.Xr ${name} 1${i === names.length - 1 ? '' : ' ,'}`);
}

/** What the table says begins small and has no full stop. Names are not written large. */
export function sentence(text: string): string {
  const begin = /^(?!libvirt|udev)[a-z]+(?![A-Za-z])/.test(text) ? `${text[0]?.toUpperCase()}${text.slice(1)}` : text;
  return `${begin}${/[.?!]$/.test(text) ? '' : '.'}`;
}
