/** A strict, lossless XML 1.0 parser without DTDs: one pass, no recursion, no quadratic step. */
import { HostdevError, type ErrorCode } from '../errors.ts';
import { isSpace, NAME, NOT_A_CHAR } from './chars.ts';
import { locationAt } from './position.ts';
import { referenceAt } from './references.ts';
import type { XmlAttribute, XmlDocument, XmlElement, XmlLeaf, XmlNode } from './tree.ts';

export interface ParseOptions {
  /** Named in error locations. */
  readonly file?: string;
  /** Deepest nesting allowed; 256 when missing. */
  readonly maxDepth?: number;
  /** Longest source allowed, in UTF-16 code units; 16 Mi when missing. */
  readonly maxLength?: number;
}

/** Limits that no domain XML comes near, and that bound what a hostile one can cost. */
export const XML_LIMITS = { maxDepth: 256, maxLength: 16 * 1024 * 1024 } as const;

// The tree is built in place and handed out read-only.
type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Open extends Mutable<XmlElement> {
  attributes: XmlAttribute[];
  children: XmlNode[];
}

/**
 * Parses a document. Every malformed document is refused; so is a DOCTYPE, because domain XML needs none and
 * entities declared there are how small files become large.
 *
 * @throws {HostdevError} `xml-malformed`, `xml-doctype`, `xml-too-deep` or `xml-too-large`, with line and column.
 * @example
 * ```ts
 * import { parseXml } from 'hostdev/xml';
 * const document = parseXml("<a b='1'>text</a>");
 * console.log(document.root.attributes[0]?.value, document.source.slice(document.root.contentStart, document.root.contentEnd)); // → 1 text
 * ```
 */
export function parseXml(source: string, options: ParseOptions = {}): XmlDocument {
  return new Parser(source, options).document();
}

class Parser {
  readonly #source: string;
  readonly #file: string | undefined;
  readonly #maxDepth: number;
  #at = 0;

  constructor(source: string, options: ParseOptions) {
    this.#source = source;
    this.#file = options.file;
    this.#maxDepth = options.maxDepth ?? XML_LIMITS.maxDepth;
    const maxLength = options.maxLength ?? XML_LIMITS.maxLength;
    if (source.length > maxLength) {
      this.#fail(0, `the document is ${source.length} characters long, more than the ${maxLength} allowed`, 'xml-too-large');
    }
    const bad = NOT_A_CHAR.exec(source);
    if (bad !== null) {
      const code = (source.codePointAt(bad.index) ?? 0).toString(16).toUpperCase().padStart(4, '0');
      this.#fail(bad.index, `character U+${code} is not allowed in XML`);
    }
  }

  document(): XmlDocument {
    const source = this.#source;
    if (source.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#declaration();
    this.#misc();
    if (this.#at >= source.length) this.#fail(this.#at, 'there is no root element');
    const root = this.#tree();
    this.#misc();
    if (this.#at < source.length) this.#fail(this.#at, 'there is something behind the root element');
    return { source, root };
  }

  /** `<?xml version='1.x' encoding='…' standalone='…'?>` (§2.8 [23]). */
  #declaration(): void {
    const source = this.#source;
    if (!source.startsWith('<?xml', this.#at) || !isSpace(source.charCodeAt(this.#at + 5))) return;
    const end = source.indexOf('?>', this.#at);
    if (end === -1) this.#fail(this.#at, 'the XML declaration is not closed');
    if (!DECLARATION.test(source.slice(this.#at + 5, end))) this.#fail(this.#at, 'the XML declaration is malformed');
    this.#at = end + 2;
  }

  /** Comments, instructions and white space outside the root. */
  #misc(): void {
    const source = this.#source;
    for (;;) {
      this.#skipSpace();
      if (source.startsWith('<!--', this.#at)) this.#comment();
      else if (source.startsWith('<?', this.#at)) this.#instruction();
      else if (source.startsWith('<!DOCTYPE', this.#at)) {
        this.#fail(this.#at, 'a DOCTYPE is not accepted', 'xml-doctype');
      } else return;
    }
  }

  #tree(): XmlElement {
    const source = this.#source;
    if (source.charCodeAt(this.#at) !== LT) this.#fail(this.#at, 'the root element is expected here');
    let depth = 1;
    const root = this.#startTag(undefined);
    let open: Open | undefined = root.selfClosing ? undefined : root;
    while (open !== undefined) {
      const at = this.#at;
      if (at >= source.length) this.#fail(at, `<${open.name}> of line ${this.#line(open.start)} is not closed`);
      if (source.charCodeAt(at) !== LT) {
        this.#text(open);
        continue;
      }
      const next = source.charCodeAt(at + 1);
      if (next === SLASH) {
        this.#endTag(open);
        depth -= 1;
        open = open.parent as Open | undefined;
      } else if (next === BANG || next === QUESTION) {
        open.children.push(this.#markup(open));
      } else {
        if (depth >= this.#maxDepth) {
          this.#fail(at, `elements are nested deeper than ${this.#maxDepth}`, 'xml-too-deep');
        }
        const child = this.#startTag(open);
        open.children.push(child);
        if (!child.selfClosing) {
          depth += 1;
          open = child;
        }
      }
    }
    return root;
  }

  #startTag(parent: Open | undefined): Open {
    const source = this.#source;
    const start = this.#at;
    this.#at += 1;
    const name = this.#name('an element name');
    const attributes: XmlAttribute[] = [];
    let seen: Set<string> | undefined;
    for (;;) {
      const spaced = this.#skipSpace();
      const code = source.charCodeAt(this.#at);
      if (code === GT || code === SLASH) break;
      if (Number.isNaN(code)) this.#fail(start, `the tag <${name}> is not closed`);
      if (!spaced) this.#fail(this.#at, `white space or the end of <${name}> is expected here`);
      const attribute = this.#attribute();
      // Few attributes are compared directly; many go through a set, so 50,000 cost no more each than 5.
      if (attributes.length >= 8) seen ??= new Set(attributes.map((a) => a.name));
      if (seen === undefined ? attributes.some((a) => a.name === attribute.name) : seen.has(attribute.name)) {
        this.#fail(attribute.start, `attribute '${attribute.name}' is given twice`);
      }
      seen?.add(attribute.name);
      attributes.push(attribute);
    }
    const selfClosing = source.charCodeAt(this.#at) === SLASH;
    if (selfClosing && source.charCodeAt(this.#at + 1) !== GT) this.#fail(this.#at, "'/>' is expected here");
    this.#at += selfClosing ? 2 : 1;
    const end = this.#at;
    return { kind: 'element', name, parent, attributes, children: [], start, contentStart: end, contentEnd: end, end, selfClosing };
  }

  #endTag(open: Open): void {
    const source = this.#source;
    const start = this.#at;
    this.#at += 2;
    const name = this.#name('an element name');
    if (name !== open.name) {
      this.#fail(start, `</${name}> closes <${open.name}> of line ${this.#line(open.start)}`);
    }
    this.#skipSpace();
    if (source.charCodeAt(this.#at) !== GT) this.#fail(this.#at, "'>' is expected here");
    this.#at += 1;
    open.contentEnd = start;
    open.end = this.#at;
  }

  #attribute(): XmlAttribute {
    const source = this.#source;
    const start = this.#at;
    const name = this.#name('an attribute name');
    this.#skipSpace();
    if (source.charCodeAt(this.#at) !== EQUALS) this.#fail(this.#at, `'=' is expected behind attribute '${name}'`);
    this.#at += 1;
    this.#skipSpace();
    const quote = source.charAt(this.#at);
    if (quote !== '"' && quote !== "'") this.#fail(this.#at, `the value of attribute '${name}' is not in quotes`);
    const valueStart = this.#at + 1;
    const valueEnd = source.indexOf(quote, valueStart);
    if (valueEnd === -1) this.#fail(this.#at, `the value of attribute '${name}' is not closed`);
    this.#at = valueEnd + 1;
    const value = this.#attributeValue(valueStart, valueEnd);
    return { name, value, start, valueStart, valueEnd, end: valueEnd + 1 };
  }

  #attributeValue(start: number, end: number): string {
    const raw = this.#source.slice(start, end);
    if (!SPECIAL_IN_VALUE.test(raw)) return raw;
    const less = raw.indexOf('<');
    if (less !== -1) this.#fail(start + less, "'<' is not allowed in an attribute value (write &lt;)");
    const pieces: string[] = [];
    let from = 0;
    for (let at = raw.indexOf('&'); at !== -1; at = raw.indexOf('&', from)) {
      const reference = this.#reference(start + at);
      pieces.push(normalizeSpace(raw.slice(from, at)), reference.text);
      from = reference.end - start;
    }
    pieces.push(normalizeSpace(raw.slice(from)));
    return pieces.join('');
  }

  #text(parent: Open): void {
    const source = this.#source;
    const start = this.#at;
    let end = source.indexOf('<', start);
    if (end === -1) end = source.length;
    const text = source.slice(start, end);
    const close = text.indexOf(']]>');
    if (close !== -1) this.#fail(start + close, "']]>' is not allowed in text (write ]]&gt;)");
    for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) this.#reference(start + at);
    this.#at = end;
    parent.children.push({ kind: 'text', parent, start, end });
  }

  #markup(parent: Open): XmlLeaf {
    const source = this.#source;
    const start = this.#at;
    if (source.startsWith('<!--', start)) {
      this.#comment();
      return { kind: 'comment', parent, start, end: this.#at };
    }
    if (source.startsWith('<?', start)) {
      this.#instruction();
      return { kind: 'instruction', parent, start, end: this.#at };
    }
    if (!source.startsWith('<![CDATA[', start)) this.#fail(start, "'<!' does not begin anything that is allowed here");
    const close = source.indexOf(']]>', start + 9);
    if (close === -1) this.#fail(start, 'the CDATA section is not closed');
    this.#at = close + 3;
    return { kind: 'cdata', parent, start, end: this.#at };
  }

  #comment(): void {
    const start = this.#at;
    const dashes = this.#source.indexOf('--', start + 4);
    if (dashes === -1) this.#fail(start, 'the comment is not closed');
    if (this.#source.charCodeAt(dashes + 2) !== GT) this.#fail(dashes, "'--' is not allowed inside a comment");
    this.#at = dashes + 3;
  }

  #instruction(): void {
    const start = this.#at;
    this.#at += 2;
    const target = this.#name('the target of a processing instruction');
    if (/^xml$/i.test(target)) this.#fail(start, 'an XML declaration may only stand at the very beginning');
    const close = this.#source.indexOf('?>', this.#at);
    if (close === -1) this.#fail(start, 'the processing instruction is not closed');
    if (close !== this.#at && !isSpace(this.#source.charCodeAt(this.#at))) {
      this.#fail(this.#at, `white space is expected behind '${target}'`);
    }
    this.#at = close + 2;
  }

  #name(what: string): string {
    NAME.lastIndex = this.#at;
    const match = NAME.exec(this.#source);
    if (match === null) this.#fail(this.#at, `${what} is expected here`);
    this.#at = NAME.lastIndex;
    return match[0];
  }

  #reference(at: number): { readonly text: string; readonly end: number } {
    return referenceAt(this.#source, at) ?? this.#fail(at, "'&' does not begin a known reference (write &amp;)");
  }

  #skipSpace(): boolean {
    const start = this.#at;
    while (isSpace(this.#source.charCodeAt(this.#at))) this.#at += 1;
    return this.#at > start;
  }

  #line(offset: number): number {
    return locationAt(this.#source, offset).line;
  }

  #fail(offset: number, message: string, code: ErrorCode = 'xml-malformed'): never {
    throw new HostdevError(code, message, {
      location: locationAt(this.#source, offset, this.#file),
      hint: HINTS[code] ?? 'correct the document there',
      details: { offset },
    });
  }
}

const HINTS: Partial<Record<ErrorCode, string>> = {
  'xml-doctype': 'remove the <!DOCTYPE …> line; libvirt does not use one',
  'xml-too-deep': 'no libvirt definition is nested like this; check where the file comes from',
  'xml-too-large': 'no libvirt definition is this large; check where the file comes from',
};

const LT = 0x3c;
const GT = 0x3e;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;
const EQUALS = 0x3d;
const SPECIAL_IN_VALUE = /[&<\t\n\r]/;
const DECLARATION =
  /^[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'1\.[0-9]+'|"1\.[0-9]+")(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?:'[A-Za-z][\w.-]*'|"[A-Za-z][\w.-]*"))?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:'(?:yes|no)'|"(?:yes|no)"))?[ \t\r\n]*$/;

/** Line ends become one line feed, then each white space character becomes a space (§2.11, §3.3.3). */
function normalizeSpace(raw: string): string {
  return raw.replaceAll(/\r\n|[\t\n\r]/g, ' ');
}
