/** What of a machine a snapshot keeps: of some files only a part matters, and the rest may be long or secret. */
import { enclose } from '../xml/write.ts';
import { CAPABILITY_CACHE, LIBRARIES, libraryVersion } from './installed-libvirt.ts';

const PARTS: readonly (readonly [path: RegExp, part: (text: string) => string])[] = [
  // A megabyte and more of module aliases, and as much of dependencies.
  [/\/modules\.alias$/, (text) => lines(text, /^alias (?:vfio_)?pci:/)],
  [/\/modules\.dep$/, (text) => lines(text, /\/vfio-pci\.ko/)],
  // libvirt's own state has the passwords of consoles; what guests hold is all that is asked of it.
  [/^\/run\/libvirt\/qemu\/.*\.xml$/, hostdevsOnly],
  // Command lines have whatever people put there; the guest's name is all that is asked of them.
  [/^\/proc\/\d+\/cmdline$/, (text) => /(?:^|\0)(-name\0[^,\0]+)/.exec(text)?.[1] ?? ''],
  [/^\/run\/udev\/data\//, (text) => lines(text, /^E:ID_FS_(?:TYPE|LABEL)=/)],
  // Nine tenths of them are models of CPUs.
  [new RegExp(`^${CAPABILITY_CACHE}/`), (text) => enclose(['qemuCaps'], (text.match(ASKED_OF_CAPABILITIES) ?? []).join(''))],
];

/** Which QEMU, when it was found out and by which libvirt, what it can do, and its machine types. */
const ASKED_OF_CAPABILITIES = /<(emulator|qemuctime|selfvers|version|package|arch)>[^<]*<\/\1>|<(?:flag|machine)\s[^>]*\/>/g;

function lines(text: string, wanted: RegExp): string {
  return text
    .split('\n')
    .filter((line) => wanted.test(line))
    .map((line) => `${line}\n`)
    .join('');
}

function hostdevsOnly(text: string): string {
  const elements = text.match(/<(hostdev|interface)\s[^>]*type='(?:pci|hostdev)'[\s\S]*?<\/\1>/g) ?? [];
  return enclose(['domain', 'devices'], elements.join(''));
}

/** What is kept of a file's text; undefined where all of it is. */
export function keptPart(path: string): ((text: string) => string) | undefined {
  return PARTS.find(([pattern]) => pattern.test(path))?.[1];
}

/** The names of a directory that are kept: of thousands of libraries one says something. */
export function keptNames(path: string, names: readonly string[]): readonly string[] {
  return LIBRARIES.includes(path) ? names.filter((name) => libraryVersion(name) !== undefined) : names;
}
