/** The Ansible collection as ansible-galaxy installs it: its files, and two lists of them (docs.ansible.com, "Collection structure", "Collection Galaxy metadata"). */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Edition } from '../edition.ts';
import { packTar } from '../tar.ts';

/** Where it is written, and what of it is packed: galaxy.yml becomes MANIFEST.json. */
const SOURCE = 'ansible';
const PARTS = ['README.md', 'meta', 'plugins'];
/** Of both lists. */
const FORMAT = 1;

/** What galaxy.yml says of the collection. */
interface Galaxy {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly readme: string;
  readonly authors: readonly string[];
  readonly description: string;
  readonly license: readonly string[];
  readonly tags: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

interface ListedFile {
  readonly name: string;
  readonly ftype: 'file' | 'dir';
  readonly chksum_type: 'sha256' | null;
  readonly chksum_sha256: string | null;
  readonly format: typeof FORMAT;
}

export async function readGalaxy(): Promise<Galaxy> {
  return parse(await readFile(join(SOURCE, 'galaxy.yml'), 'utf8')) as Galaxy;
}

/** Builds the collection's tarball into a directory and returns its path. Its version is that of the command whose JSON it reads. */
export async function buildCollection(target: string, { version, date }: Edition): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'hostdev-collection-'));
  try {
    const galaxy = { ...(await readGalaxy()), version };
    for (const part of PARTS) await cp(join(SOURCE, part), join(work, part), { recursive: true, filter: (path) => !path.includes('__pycache__') });
    await cp('LICENSE', join(work, 'LICENSE'));
    const files = jsonText({ files: [directory('.'), ...(await listed(work, ''))], format: FORMAT });
    await writeFile(join(work, 'FILES.json'), files);
    await writeFile(join(work, 'MANIFEST.json'), jsonText(manifest(galaxy, files)));
    await mkdir(target, { recursive: true });
    const path = join(target, `${galaxy.namespace}-${galaxy.name}-${version}.tar.gz`);
    await packTar(path, work, { members: (await readdir(work)).toSorted(), date });
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function manifest(galaxy: Galaxy, files: string): unknown {
  const nothing = { license_file: null, repository: null, documentation: null, homepage: null, issues: null };
  return { collection_info: { ...galaxy, ...nothing }, file_manifest_file: file('FILES.json', files), format: FORMAT };
}

/** Everything below, each directory before what is in it. */
async function listed(root: string, below: string): Promise<ListedFile[]> {
  const entries = (await readdir(join(root, below), { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const found = entries.map(async (entry) => {
    const name = join(below, entry.name);
    return entry.isDirectory() ? [directory(name), ...(await listed(root, name))] : [file(name, await readFile(join(root, name)))];
  });
  return (await Promise.all(found)).flat();
}

function file(name: string, content: string | Uint8Array): ListedFile {
  return { name, ftype: 'file', chksum_type: 'sha256', chksum_sha256: createHash('sha256').update(content).digest('hex'), format: FORMAT };
}

function directory(name: string): ListedFile {
  return { name, ftype: 'dir', chksum_type: null, chksum_sha256: null, format: FORMAT };
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
