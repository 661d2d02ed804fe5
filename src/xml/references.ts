/** Character and entity references: without a DTD only the five predefined entities exist (XML 1.0 §4.6). */
import { HostdevError } from '../errors.ts';
import { isChar, NOT_A_CHAR } from './chars.ts';
import { wordTable } from '../word-table.ts';

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['apos', "'"],
  ['quot', '"'],
]);
const REFERENCE = /&(?:#(\d+)|#x([0-9a-fA-F]+)|([^\s;&<]+));/y;

/** The replacement of the reference at `offset`, and where it ends; undefined when it is not a valid one. */
export function referenceAt(source: string, offset: number): { readonly text: string; readonly end: number } | undefined {
  REFERENCE.lastIndex = offset;
  const match = REFERENCE.exec(source);
  if (match === null) return undefined;
  const [, decimal, hex, name] = match;
  const end = REFERENCE.lastIndex;
  if (name !== undefined) {
    const text = PREDEFINED.get(name);
    return text === undefined ? undefined : { text, end };
  }
  const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(decimal, 10);
  return isChar(code) ? { text: String.fromCodePoint(code), end } : undefined;
}

/** Resolves every reference of a checked piece of source. */
export function resolveReferences(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&[^;]*;/g, (reference) => referenceAt(reference, 0)?.text ?? reference);
}

/**
 * Writes text so that it reads back as itself inside content and inside either kind of quotes.
 *
 * @throws {HostdevError} `xml-malformed` for a character that no XML document may have.
 * @example
 * ```ts
 * import { escapeXml } from 'hostdev/xml';
 * console.log(escapeXml('R&D <x>')); // → R&amp;D &lt;x&gt;
 * ```
 */
export function escapeXml(text: string): string {
  const bad = NOT_A_CHAR.exec(text);
  if (bad !== null) {
    const code = (text.codePointAt(bad.index) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new HostdevError('xml-malformed', `character U+${code} cannot be written in XML`, { hint: 'leave it out' });
  }
  return text.replaceAll(/[&<>'"\t\n\r]/g, (char) => ESCAPES[char] ?? char);
}

const ESCAPES = wordTable<string>({
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
});
