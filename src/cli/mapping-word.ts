/** `mapping:NAME` in the place of an address: what may stand beside it, and whose guest it is for. */
import type { GuestTarget } from '../app/guests/target.ts';
import { HostdevError } from '../errors.ts';
import { parseMappingWord } from '../fleet/model/function-word.ts';
import type { MachineFlags } from './command/options.ts';

interface Beside extends MachineFlags {
  readonly group?: boolean | undefined;
}

/** @throws {HostdevError} `option-conflict` for what would choose beside it, `usage` for a name that is none. */
export function onlyMapping(words: readonly string[], { group, ...elsewhere }: Beside): string {
  const word = words.find((each) => each.startsWith('mapping:')) ?? '';
  const conflict = (message: string, hint: string): HostdevError => new HostdevError('option-conflict', message, { subject: word, hint });
  if (words.length > 1) throw conflict('a mapping chooses the function, and more than one is named', 'run the command once for each');
  const mapping = onlyHere(word, elsewhere);
  if (group !== true) return mapping;
  throw conflict('--group is for addresses: a mapping says itself whether the whole group goes', `'hostdev fleet mapping set ${mapping} --whole-group yes'`);
}

/** The name of the mapping that a word is. @throws {HostdevError} `usage` for a name that is none, `option-conflict` where another machine is looked at. */
export function onlyHere(word: string, { root, host }: MachineFlags): string {
  const mapping = parseMappingWord(word) ?? '';
  if (root === undefined && host === undefined) return mapping;
  throw new HostdevError('option-conflict', `a mapping is looked up on this machine, and --${root === undefined ? 'host' : 'root'} names another one`, {
    subject: word,
    hint: 'leave it out, or name the function by its address there',
  });
}

/** @throws {HostdevError} `option-conflict` for definitions in files, and guests that are only monitors. */
export function requireLibvirtGuest(target: GuestTarget): Extract<GuestTarget, { kind: 'libvirt' }> {
  if (target.kind === 'libvirt') return target;
  const word = target.kind === 'file' ? target.name : `qmp:${target.socket}`;
  throw new HostdevError('option-conflict', `mapping: is for guests of libvirt, and ${word} is none`, {
    hint: "name the function by its address: 'hostdev fleet mapping show' has them",
  });
}
