/** The one writer: every element hostdev makes is made here, so nothing gets into a definition unescaped. */
import { HostdevError } from '../errors.ts';
import { NAME } from './chars.ts';
import { escapeXml } from './references.ts';

declare const written: unique symbol;

/** A line of an element that was made here; no other text is one. */
export type XmlLine = string & { readonly [written]: true };

/** Attributes in the order in which they are written; those that are undefined are left out. */
export type NewAttributes = Readonly<Record<string, string | number | undefined>>;

/**
 * Lines of a new element, its children indented by two spaces.
 *
 * @throws {HostdevError} `xml-malformed` for a name or a character that no XML document may have.
 * @example
 * ```ts
 * import { element } from 'hostdev/xml';
 * console.log(element('source', {}, element('address', { type: 'pci', bus: '0x02' })).join('')); // → <source>  <address type='pci' bus='0x02'/></source>
 * ```
 */
export function element(name: string, attributes: NewAttributes = {}, children: readonly XmlLine[] = []): XmlLine[] {
  const open = startTag(name, attributes);
  if (children.length === 0) return [line(`<${open}/>`)];
  return [line(`<${open}>`), ...children.map((child) => line(`  ${child}`)), line(`</${name}>`)];
}

/**
 * The line of a new element with text in it.
 *
 * @example
 * ```ts
 * import { textElement } from 'hostdev/xml';
 * console.log(textElement('name', 'R&D').join('')); // → <name>R&amp;D</name>
 * ```
 */
export function textElement(name: string, text: string, attributes: NewAttributes = {}): XmlLine[] {
  return [line(`<${startTag(name, attributes)}>${escapeXml(text)}</${name}>`)];
}

/**
 * XML that is there already, inside new elements, the outermost first.
 *
 * @example
 * ```ts
 * import { enclose } from 'hostdev/xml';
 * console.log(enclose(['domain', 'devices'], '<hostdev/>')); // → <domain><devices><hostdev/></devices></domain>
 * ```
 */
export function enclose(names: readonly string[], source: string): string {
  return names.reduceRight((inner, name) => `<${checkName(name)}>${inner}</${name}>`, source);
}

function startTag(name: string, attributes: NewAttributes): string {
  const parts = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [` ${checkName(key)}='${escapeXml(String(value))}'`]));
  return checkName(name) + parts.join('');
}

/** What is no name would end the tag, or begin another one. */
function checkName(name: string): string {
  NAME.lastIndex = 0;
  if (NAME.test(name) && NAME.lastIndex === name.length) return name;
  throw new HostdevError('xml-malformed', `'${name.slice(0, 40)}' is not a name that an element or attribute can have`, {
    subject: name.slice(0, 40),
    hint: 'a name begins with a letter, and has letters, digits, dots and dashes',
  });
}

function line(text: string): XmlLine {
  return text as XmlLine;
}
