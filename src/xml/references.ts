/** Character and entity references: without a DTD only the five predefined entities exist (XML 1.0 §4.6). */
import { isChar } from './chars.ts';

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', apos: "'", quot: '"' };
const REFERENCE = /&(?:#(\d+)|#x([0-9a-fA-F]+)|([^\s;&<]+));/y;

/** The replacement of the reference at `offset`, and where it ends; undefined when it is not a valid one. */
export function referenceAt(source: string, offset: number): { readonly text: string; readonly end: number } | undefined {
  REFERENCE.lastIndex = offset;
  const match = REFERENCE.exec(source);
  if (match === null) return undefined;
  const [, decimal, hex, name] = match;
  const end = REFERENCE.lastIndex;
  if (name !== undefined) {
    const text = PREDEFINED[name];
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

/** Writes text so that it reads back as itself inside content and inside either kind of quotes. */
export function escapeXml(text: string): string {
  return text.replaceAll(/[&<>'"\t\n\r]/g, (char) => ESCAPES[char] ?? char);
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};
