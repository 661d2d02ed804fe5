/** What the script of look-script.ts printed, as a snapshot. */
import { HostdevError } from '../../errors.ts';
import { ASKED_ADDRESSES } from '../../state/network-uses.ts';
import { keptNames, keptPart } from '../../state/snapshot-parts.ts';
import { type Found, parseSnapshot, type Snapshot } from '../../state/snapshot.ts';
import { parseIpAddresses } from '../ip-addresses.ts';
import { NamedLinks, OpenFiles } from './link-rows.ts';
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
  if (body.includes(LINKS_FAILED)) throw new HostdevError('host-unreachable', `${name}: its links cannot be listed: ls or xargs fails there`, problem);
  return mark === SNAPSHOT_MARK ? parseSnapshot(body.join('\n'), name) : readTree(body, made);
}

/** Half of the links of a machine would tell of functions without driver and without group. */
const LINKS_FAILED = 'X 1 ls';

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
  const pathOf = (name: string): string => withoutRoot(name, told['R']);
  const named = new NamedLinks();
  const openFiles = new OpenFiles(tree.directories, tree);
  let addresses: string[] | undefined;
  let isOpenFiles = false;
  let open: Open;
  for (const line of lines) {
    const [kind, rest] = [line[0], line.slice(2)];
    if (kind === 'X') addRefused(tree, rest);
    else if (kind === 'A') [open, isOpenFiles] = [{ text: (addresses = []) }, false];
    else if (isOpenFiles) addOpenFile(openFiles, tree, { line, pathOf });
    else if (kind === 'T' && open !== undefined && 'text' in open) open.text.push(line.slice(1));
    else if (kind === 'H' && open !== undefined && 'hex' in open) open.hex.push(line.slice(1));
    else if (kind === 'N' && open !== undefined && 'names' in open) open.names.push(rest);
    else if (kind === 'F') texts.set(rest, (open = { text: [] }).text);
    else if (kind === 'B') bytes.set(rest, (open = { hex: [] }).hex);
    else if (kind === 'D') tree.directories.set(rest, (open = { names: [] }).names);
    else if (kind === 'W') named.ask(rest);
    else if (kind === 'I') named.clear();
    else if (kind === 'l') named.add(line);
    else if (line === 'P') [open, isOpenFiles] = [undefined, true];
    else if (kind !== undefined && 'RUOS'.includes(kind)) told[kind] = rest.trim();
  }
  named.put(tree, pathOf);
  for (const path of openFiles.close()) tree.directories.delete(path);
  for (const [path, text] of texts) addText(tree, path, text);
  for (const [path, hex] of bytes) addBytes(tree, path, Buffer.from(hex.join('').replaceAll(/\s/g, ''), 'hex'));
  // Whatever came of it before.
  for (const path of tree.refused.keys()) for (const found of [tree.files, tree.links, tree.directories]) found.delete(path);
  for (const path of tree.links.keys()) if (tree.refused.has(path.replace(/\/\d+$/, ''))) tree.links.delete(path);
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

/** A line of what processes have open: a directory, a link, one that is gone, or how `ls` ended. */
function addOpenFile(openFiles: OpenFiles, { refused }: Tree, { line, pathOf }: { readonly line: string; readonly pathOf: (name: string) => string }): void {
  const [kind, rest] = [line[0], line.slice(2)];
  if (kind === 'l') openFiles.add(line);
  else if (kind === 'V') openFiles.end(rest);
  // Up to 123 xargs tells of single processes, which may end while they are looked at; above, of what was never looked at.
  else if (kind === 'E' && !(Number(rest) <= MOST_OF_SINGLE)) refused.set('/proc', 'EIO');
  else if (kind === '/' && line.endsWith(':')) openFiles.open(pathOf(line.slice(0, -1)));
}

const MOST_OF_SINGLE = 123;

/** Of a command line its words come as lines; they are text with bytes of zero between. */
function addText({ files }: Tree, path: string, text: readonly string[]): void {
  const whole = COMMAND_LINE.test(path) ? text.join('\0') : text.map((line) => `${line}\n`).join('');
  files.set(path, { text: keptPart(path)?.(whole) ?? whole });
}

const COMMAND_LINE = /^\/proc\/\d+\/cmdline$/;

function addBytes({ files }: Tree, path: string, bytes: Buffer): void {
  if (bytes.length > 0) files.set(path, { base64: bytes.toString('base64') });
}
