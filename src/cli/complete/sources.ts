/** Where what may stand in a place comes from: told by the table of commands, which says `<address>`, `--root <dir>` or `--managed <yes|no>`. */
import type { OptionRow } from '../command/row.ts';
import { CLASS_WORDS } from '../../state/class-words.ts';
import type { CommandRow } from '../command/row.ts';
import { type CommandName, COMMANDS } from '../command/table.ts';
import { LIST_COLUMNS } from '../commands/list-columns.ts';
import { wordTable } from '../../word-table.ts';

export interface Candidate {
  readonly value: string;
  readonly text: string;
}

/** A fixed list, or something that this machine or its shell has to be asked for. */
export type Source = readonly Candidate[] | Asked;
export type Asked =
  | 'function'
  | 'slot'
  | 'uid'
  | 'pchid'
  | 'group'
  | 'vendor'
  | 'driver'
  | 'guest'
  | 'pool'
  | 'vfio driver'
  | 'libvirt version'
  | 'file'
  | 'directory';

/** By what the table calls a word or a value; what is not here is the user's to know (a number, a MAC address). */
const BY_NAME = wordTable<readonly Source[]>({
  address: ['function'],
  old: ['function'],
  new: ['function'],
  fid: ['slot'],
  uid: ['uid'],
  pchid: ['pchid'],
  group: ['group'],
  vendor: ['vendor'],
  'host-driver': ['driver'],
  class: [CLASS_WORDS.map(({ word, text }) => ({ value: word, text }))],
  columns: [LIST_COLUMNS.map(({ name, text }) => ({ value: name, text }))],
  guest: ['guest'],
  network: ['pool'],
  file: ['file'],
  'ssh://host': [fixed('ssh://')],
  dir: ['directory'],
  version: ['libvirt version'],
  uri: [fixed('qemu:///system', 'qemu:///session')],
  shell: [fixed('bash', 'zsh', 'fish')],
  command: [schemaNames()],
});

/** Options whose value is called like something else. */
const BY_OPTION = wordTable<readonly Source[]>({
  '--driver name': ['vfio driver'],
  '--driver-model': ['vfio driver'],
  '--capabilities': [fixed('libvirt'), 'file'],
  '--mac': [],
  '--guest-address': [],
  '--virtualport-type': [fixed('802.1Qbh', '802.1Qbg')],
});

/** Commands whose guest may be a file, and one whose word is the name of something new. */
const BY_WORD = wordTable<readonly Source[]>({
  'attach guest': ['guest', 'file'],
  'detach guest': ['guest', 'file'],
  'pool create network': [],
  // Behind -- only.
  'report command': [],
});

/** `[address...]` of a command. */
export function sourcesOfWord(command: CommandName, word: string): readonly Source[] {
  const name = word.replaceAll(/[<>[\].]/g, '');
  return BY_WORD[`${command} ${name}`] ?? BY_NAME[name] ?? [];
}

/** The value of an option. */
export function sourcesOfOption(row: OptionRow | undefined): readonly Source[] {
  const [, name = '', value = ''] = /(--[\w-]+)(?: <([^>]+)>)?/.exec(row?.flags ?? '') ?? [];
  const own = BY_OPTION[name] ?? BY_OPTION[`${name} ${value}`];
  if (own !== undefined) return own;
  const parts = value.split('|');
  // `<yes|no>` are the values themselves, `<seconds>` is what one is called.
  return parts.length === 1 ? (BY_NAME[value] ?? []) : parts.flatMap((part): readonly Source[] => BY_NAME[part] ?? [fixed(part)]);
}

/** As the files of the schemas are called: a name of two words is one word there. */
function schemaNames(): readonly Candidate[] {
  return Object.entries<CommandRow>(COMMANDS)
    .filter(([, { options }]) => options.some(({ flags }) => flags === '--json'))
    .map(([name, { summary }]) => ({ value: name.replace(' ', '-'), text: summary }));
}

function fixed(...values: readonly string[]): readonly Candidate[] {
  return values.map((value) => ({ value, text: '' }));
}
