/** What the script of look-script.ts printed, as a snapshot. */
import { HostdevError } from '../../errors.ts';
import { ASKED_ADDRESSES } from '../../state/network-uses.ts';
import { keptNames, keptPart } from '../../state/snapshot-parts.ts';
import { type Found, parseSnapshot, type Snapshot } from '../../state/snapshot.ts';
import { parseIpAddresses } from '../ip-addresses.ts';
import { END_MARK, NO_SYSFS_MARK, SNAPSHOT_MARK, TREE_MARK } from './look-script.ts';

/**
 * The machine that answered; `name` is how it was named, `made` the time, ISO 8601.
 *
 * @throws {HostdevError} `no-pci`, `host-unreachable` for half an answer, or one of something else.
 */
export function parseTranscript(text: string, name: string, made: string): Snapshot {
  // A login shell there may greet first; a hostdev that fails is followed by the tree.
  const at = text.search(new RegExp(`^${TREE_MARK}$`, 'm'));
  const from = at === -1 ? text.search(new RegExp(`^(?:${SNAPSHOT_MARK}|${NO_SYSFS_MARK})$`, 'm')) : at;
  const lines = from === -1 ? [] : text.slice(from).split('\n');
  const [mark] = lines;
  const problem = { subject: name, hint: 'look at what its login shell prints, or make a file there: hostdev snapshot > host.json' };
  if (text.split('\n').includes(NO_SYSFS_MARK))
    throw new HostdevError('no-pci', `${name}: there is no PCI bus: /sys/bus/pci/devices is missing there`, {
      subject: name,
      hint: 'is it a container without /sys, or a machine without PCI?',
    });
  const end = lines.indexOf(END_MARK);
  if (mark === undefined || end === -1) throw new HostdevError('host-unreachable', `${name}: the answer is not whole, or none of ours`, problem);
  const body = lines.slice(1, end);
  return mark === SNAPSHOT_MARK ? parseSnapshot(body.join('\n'), name) : readTree(body, made);
}

interface Tree {
  readonly files: Map<string, Found>;
  readonly links: Map<string, string>;
  readonly directories: Map<string, string[]>;
  readonly refused: Map<string, string>;
}

/** What is open: the file or directory that the next lines are of. */
type Open = { readonly text: string[] } | { readonly hex: string[] } | { readonly names: string[] } | undefined;

function readTree(lines: readonly string[], made: string): Snapshot {
  const tree: Tree = { files: new Map(), links: new Map(), directories: new Map(), refused: new Map() };
  const texts = new Map<string, string[]>();
  const bytes = new Map<string, string[]>();
  const told: Record<string, string> = {};
  let addresses: string[] | undefined;
  let process: string | undefined;
  let open: Open;
  for (const line of lines) {
    const [kind, rest] = [line[0], line.slice(2)];
    const process_ = /^(\/.*\/proc\/\d+\/fd|\/proc\/\d+\/fd):$/.exec(line)?.[1];
    if (process_ !== undefined) process = withoutRoot(process_, told['R']);
    else if (kind === 'T' && open !== undefined && 'text' in open) open.text.push(line.slice(1));
    else if (kind === 'H' && open !== undefined && 'hex' in open) open.hex.push(line.slice(1));
    else if (kind === 'N' && open !== undefined && 'names' in open) open.names.push(rest);
    else if (kind === 'F') texts.set(rest, (open = { text: [] }).text);
    else if (kind === 'B') bytes.set(rest, (open = { hex: [] }).hex);
    else if (kind === 'D') tree.directories.set(rest, (open = { names: [] }).names);
    else if (kind === 'A') open = { text: (addresses = []) };
    else if (kind === 'X') addRefused(tree, rest);
    else if (kind === 'l') addLink(tree, line, { process, root: told['R'] });
    else if (kind !== undefined && 'RUOS'.includes(kind)) told[kind] = rest.trim();
  }
  for (const [path, text] of texts) tree.files.set(path, { text: kept(path, text.map((line) => `${line}\n`).join('')) });
  for (const [path, hex] of bytes) addBytes(tree, path, Buffer.from(hex.join('').replaceAll(/\s/g, ''), 'hex'));
  return {
    ...{ format: 'hostdev-snapshot', version: 2, made, redacted: false },
    files: Object.fromEntries(tree.files),
    links: Object.fromEntries(tree.links),
    directories: Object.fromEntries([...tree.directories].map(([path, names]) => [path, keptNames(path, names.toSorted())])),
    addresses: Object.fromEntries(parseIpAddresses((addresses ?? []).join('\n'))),
    sessionAddress: told['S']?.split(' ')[2] ?? null,
    // A shell cannot open a disk exclusively: of those that nothing is known to use nothing sure can be said.
    claims: {},
    reader: { uid: Number(told['U'] ?? -1), byteOrder: told['O'] === '256' ? 'big' : 'little' },
    refused: Object.fromEntries(tree.refused),
  };
}

function withoutRoot(path: string, root = ''): string {
  return path.startsWith(root) ? path.slice(root.length) : path;
}

function addRefused({ refused }: Tree, rest: string): void {
  const [reason = '', path = ''] = /^(\S+) (.*)$/.exec(rest)?.slice(1) ?? [];
  refused.set(path, path === ASKED_ADDRESSES ? 'it does not run there' : reason);
}

/** `lrwxrwxrwx 1 root root 0 Nov 26 09:00 NAME -> TARGET`, in the order of POSIX. */
const LINK = /^l\S+ +\d+ +\S+ +\S+ +\d+ +\S+ +\S+ +\S+ (.+)$/;

/** A link that `ls` could not follow has no target. Names without directory are those of what a process has open. */
function addLink(
  { links, directories, refused }: Tree,
  line: string,
  { process, root }: { readonly process: string | undefined; readonly root: string | undefined },
): void {
  const words = LINK.exec(line)?.[1];
  if (words === undefined) return;
  const arrow = words.indexOf(' -> ');
  const name = arrow === -1 ? words : words.slice(0, arrow);
  const isOpenFile = !name.startsWith('/');
  if (isOpenFile && (process === undefined || !/^\d+$/.test(name))) return;
  const path = isOpenFile ? `${process}/${name}` : withoutRoot(name, root);
  if (isOpenFile) directories.get(process ?? '')?.push(name);
  if (arrow === -1) refused.set(path, 'EACCES');
  else links.set(path, words.slice(arrow + ' -> '.length));
}

/** A command line is text with bytes of zero between its words. */
function addBytes({ files }: Tree, path: string, bytes: Buffer): void {
  if (path.endsWith('/cmdline')) files.set(path, { text: kept(path, bytes.toString('utf8')) });
  else if (bytes.length > 0) files.set(path, { base64: bytes.toString('base64') });
}

function kept(path: string, text: string): string {
  return keptPart(path)?.(text) ?? text;
}
