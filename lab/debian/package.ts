/** A file of Debian's archives, and how one is written in an index. */

/** The two archives of a mirror. */
export type ArchiveName = 'debian' | 'security';

/** A file that can be fetched, and how it is known to be the right one. */
export interface PoolFile {
  readonly archive: ArchiveName;
  /** Path below the archive: `pool/main/…`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** A binary package, or the tar file of a source package. */
export interface DebianPackage extends PoolFile {
  readonly name: string;
  readonly version: string;
}

/** One alternative of a dependency. */
export interface Alternative {
  readonly name: string;
  readonly relation?: { readonly operator: string; readonly version: string };
}

/** A package with what an index says of others. */
export interface IndexedPackage extends DebianPackage {
  /** What must be there; of each inner list one is enough. */
  readonly depends: readonly (readonly Alternative[])[];
  /** Names it stands in for. */
  readonly provides: readonly Alternative[];
}

/** The stanzas of a `Packages` or `Sources` file, one string each. */
export function stanzasOf(text: string): string[] {
  return text.split(/\n{2,}/).filter((stanza) => stanza.trim() !== '');
}

/** A field of a stanza, with its continuation lines; undefined when it has none. */
export function fieldOf(stanza: string, name: string): string | undefined {
  const begin = stanza.startsWith(`${name}:`) ? 0 : stanza.indexOf(`\n${name}:`) + 1;
  if (begin === 0 && !stanza.startsWith(`${name}:`)) return undefined;
  const rest = stanza.slice(begin + name.length + 1);
  const end = /\n(?![ \t])/.exec(rest)?.index ?? rest.length;
  return rest.slice(0, end).trim();
}

/** Reads a stanza of `Packages`. @throws when a field is missing or is not what it has to be. */
export function parseBinary(stanza: string, archive: ArchiveName): IndexedPackage {
  const relations = ['Pre-Depends', 'Depends'].flatMap((name) => parseRelations(fieldOf(stanza, name)));
  return {
    name: required(stanza, 'Package'),
    version: required(stanza, 'Version'),
    archive,
    path: poolPath(required(stanza, 'Filename')),
    size: fileSize(required(stanza, 'Size')),
    sha256: checksum(required(stanza, 'SHA256')),
    depends: relations,
    provides: parseRelations(fieldOf(stanza, 'Provides')).flat(),
  };
}

/** Reads the original tar file out of a stanza of `Sources`. */
export function parseOriginalTar(stanza: string, archive: ArchiveName): DebianPackage {
  const files = required(stanza, 'Checksums-Sha256').split('\n');
  const line = files.map((text) => text.trim().split(/\s+/)).find(([, , name = '']) => /\.orig\.tar\.\w+$/.test(name));
  const [sha256 = '', size = '', name = ''] = line ?? [];
  if (line === undefined) throw new Error(`${required(stanza, 'Package')} has no original tar file`);
  return {
    name: required(stanza, 'Package'),
    version: required(stanza, 'Version'),
    archive,
    path: poolPath(`${required(stanza, 'Directory')}/${name}`),
    size: fileSize(size),
    sha256: checksum(sha256),
  };
}

/** `a (>= 1) | b, c:any` */
function parseRelations(text: string | undefined): Alternative[][] {
  if (text === undefined || text === '') return [];
  return text.split(',').map((clause) =>
    clause.split('|').map((alternative): Alternative => {
      const match = /^\s*([a-z0-9.+-]+)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?/.exec(alternative);
      const [, name = '', operator, version] = match ?? [];
      return operator === undefined || version === undefined ? { name } : { name, relation: { operator, version } };
    }),
  );
}

function required(stanza: string, name: string): string {
  const value = fieldOf(stanza, name);
  if (value === undefined || value === '') throw new Error(`an index has a package without ${name}: ${stanza.slice(0, 100)}`);
  return value;
}

/** A path from an index becomes part of addresses and of file names: it has to be plain. */
export function poolPath(path: string): string {
  if (!/^pool\/[A-Za-z0-9._+~/-]+$/.test(path) || path.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new Error(`an index names a file outside the pool: ${JSON.stringify(path.slice(0, 200))}`);
  }
  return path;
}

/** No package is larger. */
const LARGEST_BYTES = 2 ** 33;

export function fileSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size <= 0 || size > LARGEST_BYTES) throw new Error(`an index names a file of ${text} bytes`);
  return size;
}

export function checksum(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new Error(`an index has no SHA-256 but ${JSON.stringify(text.slice(0, 80))}`);
  return text;
}
