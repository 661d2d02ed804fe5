/** Packages of others whose code is in what we hand out, and what their licences ask to be said with it. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What is known of the licence of a package. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** SPDX's name, as package.json has it. */
  readonly licence: string;
  /** One line a holder. */
  readonly copyright: readonly string[];
  /** The whole text that comes with the package. */
  readonly text: string;
}

/** The bundler's own module in every bundle that has more than one kind of module; it is code of its package. */
const RUNTIME = /^\0rolldown\//;
/** The innermost package of a path: packages may have packages of their own. */
const PACKAGE = /^.*node_modules\/((?:@[^/]+\/)?[^/]+)\//;

/** Names of the packages that modules belong to, each once; modules of ours belong to none. */
export function packagesOf(modules: readonly string[]): string[] {
  const names = modules.map((id) => (RUNTIME.test(id) ? 'rolldown' : PACKAGE.exec(id.replaceAll('\\', '/'))?.[1]));
  return [...new Set(names.filter((name) => name !== undefined))].toSorted();
}

/**
 * Reads the licence of a package.
 *
 * @throws {Error} when it has no licence text, or none that says whose it is, because then it cannot be handed out.
 */
export async function readThirdParty(name: string, modules = 'node_modules'): Promise<ThirdParty> {
  const directory = join(modules, name);
  const { version, license, author } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;
  const file = (await readdir(directory)).find((each) => /^(licen[cs]e|copying)([.-](mit|txt|md)){0,2}$/i.test(each));
  if (file === undefined || typeof license !== 'string') throw new Error(`${directory} has no licence, or no text of it`);
  const text = (await readFile(join(directory, file), 'utf8')).replaceAll('\r\n', '\n').trim();
  return { name, version, licence: license, copyright: license === APACHE ? apacheHolders(text, author) : holdersOf(text), text };
}

interface Manifest {
  readonly version: string;
  readonly license?: unknown;
  readonly author?: string | { readonly name?: string };
}

/** Its text is the same for everybody: who has the rights stands elsewhere, and nobody asks for more than the text. Source: its appendix. */
export const APACHE = 'Apache-2.0';

function apacheHolders(text: string, author: Manifest['author']): string[] {
  const name = (typeof author === 'string' ? author : author?.name)?.replace(/\s*[<(].*$/, '');
  if (name === undefined || name === '') throw new Error(`nobody says who has the rights:\n${text}`);
  return [name];
}

/** How the licences begin that are in use here, below their title and the holders. */
const CONDITIONS = /^(Permission to|Permission is|Redistribution and)\s/m;

function holdersOf(text: string): string[] {
  const head = text.slice(0, CONDITIONS.exec(text)?.index ?? 0).split('\n');
  const holders = head
    .filter((line) => /^[\s-]*copyright\b(?! notice)/i.test(line))
    .map((line) => line.replace(/^[\s-]*copyright\s*(\(c\)|©)?\s*/i, '').trim());
  if (holders.length === 0) throw new Error(`who has the rights is not where other licences have it:\n${text}`);
  return holders;
}

/** The text without its title and without who has the rights: what is the same wherever the same licence is meant. */
export function conditions({ text }: Pick<ThirdParty, 'text'>): string {
  return text.slice(CONDITIONS.exec(text)?.index ?? 0).trim();
}

/** The file that goes with the bundle: every package with its whole text. */
export function formatNotices(packages: readonly ThirdParty[]): string {
  const list = packages.map(({ name, version, licence }) => `  ${name} ${version}: ${licence}`);
  const texts = packages.map(({ name, version, text }) => `${'-'.repeat(80)}\n${name} ${version}\n\n${text}\n`);
  return `hostdev has code of these packages in it, which is under the licences below.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}
