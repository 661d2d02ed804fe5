/** What the words of a command line say of who is asked: guests, users, hosts. */
import { HostdevError } from '../errors.ts';
import { readDomainFile, type ReadStdin } from '../guest/definition-file.ts';
import { hostIdentifiers, type Identifier } from '../host/identifying.ts';
import { wordTable } from '../word-table.ts';
import { guestTarget } from './guests/target.ts';

/** Of `ssh://anna@kvm7`, `qemu+ssh://anna@kvm7/system`; a path names nobody. */
export function identifiersOfUri(uri: string): Identifier[] {
  const [, user, host = ''] = /^[\w+]+:\/\/(?:([^@/]*)@)?([^:/?[\]]*)/.exec(uri) ?? [];
  const users: Identifier[] = user === undefined || user === 'root' || user === '' ? [] : [{ kind: 'user', name: user }];
  return [...users, ...hostIdentifiers(host)];
}

/** Of a word that names a guest. */
export async function identifiersOfGuest(word: string, stdin: ReadStdin): Promise<Identifier[]> {
  if (word.startsWith('qmp:')) return identifiersOfMonitor(word);
  const target = await guestTarget(word, false);
  return target.kind === 'file' ? identifiersOfFile(word, stdin) : [{ kind: 'guest', name: word }];
}

/** Of the path of a monitor's socket: libvirt puts it into a directory named after the guest, people name the file after it. */
function identifiersOfMonitor(path: string): Identifier[] {
  const ofLibvirt = /\/domain-\d+-([^/]+)\/[^/]*$/.exec(path)?.[1];
  const file = /([^/:]+?)(?:\.\w+)?$/.exec(path)?.[1] ?? '';
  const name = ofLibvirt ?? (/^(?:monitor|qmp|qemu|sock(?:et)?)$/.test(file) ? '' : file);
  return name === '' ? [] : [{ kind: 'guest', name }];
}

/** Of a definition, also of a broken one; what cannot be read says nothing, and the command says so. */
export async function identifiersOfFile(name: string, stdin: ReadStdin): Promise<Identifier[]> {
  try {
    const { text } = await readDomainFile(name, stdin);
    return [...text.matchAll(NAME_ELEMENT)].map(([, section, written = '']) => ({ kind: 'guest', name: section ?? withoutEntities(written) }));
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [];
  }
}

const NAME_ELEMENT = /<name>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*[^<\s]))\s*<\/name>/g;

const ENTITIES = wordTable({ '&lt;': '<', '&gt;': '>', '&apos;': "'", '&quot;': '"', '&amp;': '&' });

function withoutEntities(text: string): string {
  return text.replaceAll(/&\w+;/g, (entity) => ENTITIES[entity] ?? entity);
}
