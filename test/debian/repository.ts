/** A small mirror of Debian's archives on this machine, with packages of its own, indexes that are signed, and every fault a mirror can have. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCleartextMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import type { Mirror } from '../../lab/debian/mirror.ts';
import type { ArchiveName, DebianPackage } from '../../lab/debian/package.ts';

/** How the server answers for a path, once or always. */
type Fault =
  /** As if it was not there. */
  | { readonly kind: 'absent' }
  /** An error of the server's own. */
  | { readonly kind: 'error'; readonly status: number }
  /** Something else under that name. */
  | { readonly kind: 'corrupt' }
  /** The connection is cut after so many bytes, that many times. */
  | { readonly kind: 'cut'; readonly after: number; times: number }
  /** Bytes are always sent from the beginning. */
  | { readonly kind: 'no-ranges'; readonly after: number; times: number };

interface Wish {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly provides?: string;
  /** Bytes of the file in the package. */
  readonly bytes?: number;
}

export interface Repository {
  readonly mirror: Mirror;
  /** Armoured public key that its indexes are signed with. */
  readonly keyring: string;
  /** Puts a package into a pool; `path` is its usual one when missing. */
  readonly add: (archive: ArchiveName, wish: Wish, path?: string) => DebianPackage & Wish;
  /** Signs an index of packages under a name of a suite; another key makes it worthless. */
  readonly publish: (archive: ArchiveName, suite: string, packages: readonly (DebianPackage & Wish)[], options?: PublishOptions) => Promise<void>;
  /** Puts a file anywhere below the server. */
  readonly put: (path: string, bytes: Buffer) => void;
  /** What it has at a path. */
  readonly bytesOf: (path: string) => Buffer | undefined;
  readonly remove: (path: string) => void;
  readonly fail: (path: string, fault: Fault) => void;
  /** Requests so far: method, path, and what range was asked for. */
  readonly requests: string[];
  readonly stop: () => Promise<void>;
}

interface PublishOptions {
  readonly codename?: string;
  readonly date?: string;
  readonly byStranger?: boolean;
  /** The list of packages is not put there. */
  readonly withoutList?: boolean;
}

const ARCHITECTURE = 's390x';

export async function startRepository(): Promise<Repository> {
  const files = new Map<string, Buffer>();
  const faults = new Map<string, Fault>();
  const requests: string[] = [];
  const server = createServer((request, response) => answer(request, response, files, faults, requests));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [own, stranger] = await Promise.all(['Archive', 'Stranger'].map((name) => generateKey({ userIDs: [{ name }] })));
  const signWith = async (text: string, armoredKey: string): Promise<string> =>
    String(await sign({ message: await createCleartextMessage({ text }), signingKeys: await readPrivateKey({ armoredKey }) }));
  const repository: Repository = {
    mirror: { archives: { debian: `${base}/debian`, security: `${base}/debian-security` }, snapshot: `${base}/archive` },
    keyring: own?.publicKey ?? '',
    requests,
    put: (path, bytes) => void files.set(path, bytes),
    bytesOf: (path) => files.get(path),
    remove: (path) => void files.delete(path),
    fail: (path, fault) => void faults.set(path, fault),
    add: (archive, wish, path = `pool/main/${wish.name[0]}/${wish.name}/${wish.name}_${wish.version}_${ARCHITECTURE}.deb`) => {
      const bytes = makeDeb(wish);
      files.set(`/${directoryOf(archive)}/${path}`, bytes);
      return { ...wish, archive, path, size: bytes.length, sha256: hash(bytes) };
    },
    publish: async (archive, suite, packages, { codename = suite, date = new Date().toUTCString(), byStranger = false, withoutList = false } = {}) => {
      const list = spawnSync('xz', ['-c'], { input: packages.map(stanza).join('\n') }).stdout;
      const path = `main/binary-${ARCHITECTURE}/Packages.xz`;
      const text = `Suite: ${suite}\nCodename: ${codename}\nDate: ${date}\nSHA256:\n ${hash(list)} ${list.length} ${path}\n`;
      const dists = `/${directoryOf(archive)}/dists/${suite}`;
      files.set(`${dists}/InRelease`, Buffer.from(await signWith(text, (byStranger ? stranger : own)?.privateKey ?? '')));
      if (!withoutList) files.set(`${dists}/${path}`, list);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  // As every mirror has them.
  await repository.publish('debian', 'trixie', []);
  await repository.publish('debian', 'trixie-updates', []);
  await repository.publish('security', 'trixie-security', []);
  return repository;
}

function directoryOf(archive: ArchiveName): string {
  return archive === 'debian' ? 'debian' : 'debian-security';
}

function answer(request: IncomingMessage, response: ServerResponse, files: ReadonlyMap<string, Buffer>, faults: Map<string, Fault>, requests: string[]): void {
  const path = decodeURIComponent(request.url ?? '');
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  requests.push(`${request.method} ${path}${range === undefined ? '' : ` from ${range}`}`);
  const fault = faults.get(path);
  const found = files.get(path);
  if (found === undefined || fault?.kind === 'absent') {
    response.writeHead(404).end('no such file');
    return;
  }
  if (fault?.kind === 'error') {
    response.writeHead(fault.status).end('sorry');
    return;
  }
  const bytes = fault?.kind === 'corrupt' ? Buffer.alloc(found.length, 'x') : found;
  const from = fault?.kind === 'no-ranges' ? 0 : Number(range ?? 0);
  const rest = bytes.subarray(from);
  const headers = { 'content-length': rest.length, ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}) };
  response.writeHead(from > 0 ? 206 : 200, headers);
  if (fault !== undefined && 'times' in fault && fault.times > 0) {
    fault.times -= 1;
    response.write(rest.subarray(0, fault.after), () => setTimeout(() => response.destroy(), 50));
    return;
  }
  response.end(request.method === 'HEAD' ? undefined : rest);
}

function stanza({ name, version, depends, provides, path, size, sha256 }: DebianPackage & Wish): string {
  const optional = [depends === undefined ? '' : `Depends: ${depends}\n`, provides === undefined ? '' : `Provides: ${provides}\n`].join('');
  return `Package: ${name}\nVersion: ${version}\nArchitecture: ${ARCHITECTURE}\n${optional}Description: a package\n of the tests\nFilename: ${path}\nSize: ${size}\nSHA256: ${sha256}\n`;
}

/** A .deb with one file, `usr/share/NAME`, that has the version in its first line. */
export function makeDeb({ name, version, bytes = 0 }: Wish): Buffer {
  const root = mkdtempSync(join(tmpdir(), 'deb-'));
  mkdirSync(join(root, 'usr/share'), { recursive: true });
  writeFileSync(join(root, 'usr/share', name), `${version}\n${randomText(bytes)}`);
  spawnSync('tar', ['-c', '-J', '-f', join(root, 'data.tar.xz'), '-C', root, './usr']);
  return archiveOf({ 'debian-binary': Buffer.from('2.0\n'), 'control.tar.xz': Buffer.from('none'), 'data.tar.xz': readFileSync(join(root, 'data.tar.xz')) });
}

/** An `ar` archive. */
export function archiveOf(members: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts: Uint8Array[] = [Buffer.from('!<arch>\n')];
  for (const [name, bytes] of Object.entries(members)) {
    parts.push(
      Buffer.from(`${name.padEnd(16)}${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${'100644'.padEnd(8)}${String(bytes.length).padEnd(10)}\`\n`),
      bytes,
    );
    if (bytes.length % 2 === 1) parts.push(Buffer.from('\n'));
  }
  return Buffer.concat(parts);
}

/** Text that does not become shorter when it is packed, and is the same each time. */
function randomText(length: number): string {
  let text = '';
  for (let i = 0; text.length < length; i += 1) text += createHash('sha256').update(String(i)).digest('hex');
  return text.slice(0, length);
}

function hash(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
