/** Names and numbers by which a machine that was looked at could be known again, as they stand in what was read of it. */
import type { Snapshot } from '../state/snapshot.ts';
import { isSerialFile } from './redact.ts';

/** Something to be hidden, and what it is: the stand-in says that. */
export interface Identifier {
  readonly kind: 'guest' | 'host' | 'user' | 'network' | 'serial';
  readonly name: string;
}

/** libvirt's own state of a guest that runs, and its definition. */
const GUEST_FILE = /^\/(?:run|etc)\/libvirt\/qemu\/([^/]+)\.xml$/;
const NETWORK_FILE = /^\/etc\/libvirt\/qemu\/networks\/([^/]+)\.xml$/;
const COMMAND_LINE = /^\/proc\/\d+\/cmdline$/;
const HOST_NAME_FILE = /^\/(?:proc\/sys\/kernel\/hostname|etc\/hostname)$/;

/** Guests and networks by libvirt's files, guests by QEMU's command lines, hosts by their names, disks and cards by their serial numbers. */
export function identifiersIn({ files, directories }: Pick<Snapshot, 'files' | 'directories'>): Identifier[] {
  const listed = Object.entries(directories).flatMap(([path, names]) => names.map((name) => `${path}/${name}`));
  const paths = [...Object.keys(files), ...listed];
  const guests = paths.flatMap((path) => GUEST_FILE.exec(path)?.[1] ?? []);
  const networks = paths.flatMap((path) => NETWORK_FILE.exec(path)?.[1] ?? []);
  return [
    ...guests.map((name): Identifier => ({ kind: 'guest', name })),
    ...networkIdentifiers(networks),
    ...Object.entries(files).flatMap(([path, found]) => identifiersOf(path, textOf(found))),
  ];
}

/** Networks of libvirt, which hand out functions as pools. The one that libvirt makes itself is everywhere. */
export function networkIdentifiers(names: readonly string[]): Identifier[] {
  return names.filter((name) => name !== '' && name !== 'default').map((name) => ({ kind: 'network', name }));
}

/** A host is known by its whole name, and by its first part. */
export function hostIdentifiers(name: string): Identifier[] {
  const [short = '', ...domain] = name.split('.');
  // The parts of an IPv4 address are no names.
  const parts = /^[\d.]+$/.test(name) ? [] : [short, domain.join('.')];
  return [...new Set([name, ...parts])]
    .filter((each) => each !== '' && each !== 'localhost' && each !== 'localdomain')
    .map((each) => ({ kind: 'host', name: each }));
}

function identifiersOf(path: string, text: string): Identifier[] {
  if (COMMAND_LINE.test(path)) return guestOfCommandLine(text);
  if (HOST_NAME_FILE.test(path)) return hostIdentifiers(text.trim());
  if (path === '/proc/self/mountinfo') return text.split('\n').flatMap(serverOfMount);
  if (!isSerialFile(path)) return [];
  // Of bytes that are no text there is nothing that is printed.
  return text
    .split(/[^\x21-\x7e]+/)
    .filter(isTelling)
    .map((name) => ({ kind: 'serial', name }));
}

/** Whose files are mounted: `nas.corp:/export` of NFS, `//files/share` of CIFS (proc_pid_mountinfo(5)). */
function serverOfMount(line: string): Identifier[] {
  const [type = '', source = ''] = line.split(' - ')[1]?.split(' ') ?? [];
  if (!/^(?:nfs4?|cifs|smb3|ceph)$/.test(type)) return [];
  return hostIdentifiers(/^(?:\/\/)?([\w.-]+)[:/]/.exec(source)?.[1] ?? '');
}

/** QEMU's own word for it: `-name web`, `-name guest=web,debug-threads=on`; a comma of the name itself stands twice. */
function guestOfCommandLine(text: string): Identifier[] {
  const value = /(?:^|\0)-name\0([^\0]+)/.exec(text)?.[1] ?? '';
  const name = (/(?:^|(?<!,),)guest=((?:[^,]|,,)+)/.exec(value) ?? /^((?:[^,]|,,)+)/.exec(value))?.[1] ?? '';
  return name === '' ? [] : [{ kind: 'guest', name: name.replaceAll(',,', ',') }];
}

/** What firmware writes where it has no serial number (`0`, `00000000`, `None`) names no device. */
function isTelling(serial: string): boolean {
  return serial.length >= 4 && !/^(?:0+|f+|none|null|default|unknown|string|serial|filled|o\.e\.m\.|to|be|by)$/i.test(serial);
}

function textOf(found: Snapshot['files'][string]): string {
  return 'text' in found ? found.text : Buffer.from(found.base64, 'base64').toString('latin1');
}
