/** Any text as XML: parsed or refused, and an edit changes what it names and nothing else. */
import fc from 'fast-check';
import {
  applySplices,
  attribute,
  childElements,
  decodeXml,
  encodeXml,
  insertChild,
  insertFirstChild,
  parseXml,
  removeNode,
  replaceNode,
  setAttribute,
  type Splice,
  type XmlDocument,
  type XmlElement,
} from '../../src/xml/index.ts';
import { fuzzTarget, orRefused } from './fuzz.ts';
import { cuts, mutatedBytes, mutatedText } from './mutate.ts';

const DOCUMENTS = [
  "<domain type='kvm'>\n  <name>web &amp; more</name>\n  <devices>\n    <!-- one -->\n    <disk type='file'/> <!-- two -->\n  </devices>\n</domain>\n",
  '<?xml version="1.0" encoding="UTF-8"?>\r\n<a b="1"\r\n   c=\'&#x41;&lt;\'>\r\n\t<d/>\r\n\t<d>text<![CDATA[<&>]]></d>\r\n</a>\r\n',
  "\uFEFF<q:a xmlns:q='urn:x'><?run it?><q:b>&quot;\u{1F600}</q:b></q:a>",
  '<!DOCTYPE a [<!ENTITY b "c">]><a/>',
  '<a></a>',
  '<a>\n\n</a>',
];

const WORDS = [
  '<',
  '>',
  '/>',
  '</a>',
  '<a>',
  '<b c="d"/>',
  '&',
  '&amp;',
  '&#0;',
  '&#x110000;',
  '<!--',
  '-->',
  '--',
  '<![CDATA[',
  ']]>',
  '<?',
  '?>',
  "'",
  '"',
  '=',
  '\r',
  '\n',
  '\t',
  '\0',
  ':',
  'xmlns',
  '<!DOCTYPE',
  '\uD800',
  '\uFFFE',
  '\u2028',
];

function elementsOf(element: XmlElement): XmlElement[] {
  return [element, ...childElements(element).flatMap(elementsOf)];
}

/** Start tags and end tags of every element that is left, as they are written. */
function tagsOf({ source, root }: XmlDocument): string[] {
  return elementsOf(root).map((e) => source.slice(e.start, e.contentStart));
}

type Edit = (document: XmlDocument, element: XmlElement) => { readonly splice: Splice; readonly expect: (after: XmlDocument) => boolean };

const count = ({ root }: XmlDocument): number => elementsOf(root).length;

/** What may be done to an element, and how it is seen to have been done. */
const EDITS: readonly Edit[] = [
  (document, element) => {
    const place = elementsOf(document.root).indexOf(element);
    return {
      splice: setAttribute(element, 'edited', `a'"<&>\n`),
      expect: (after) => attribute(elementsOf(after.root)[place], 'edited') === `a'"<&>\n` && count(after) === count(document),
    };
  },
  (document, element) => ({
    splice: insertChild(document, element, ['<edited>', '  <x/>', '</edited>']),
    expect: (after) => count(after) === count(document) + 2,
  }),
  (document, element) => ({ splice: insertFirstChild(document, element, ['<edited/>']), expect: (after) => count(after) === count(document) + 1 }),
  (document, element) => ({
    splice: replaceNode(document, element, ['<edited/>']),
    expect: (after) => count(after) === count(document) - elementsOf(element).length + 1,
  }),
  (document, element) => {
    if (element === document.root) return { splice: { start: 0, end: 0, text: '' }, expect: () => true };
    return { splice: removeNode(document, element), expect: (after) => count(after) === count(document) - elementsOf(element).length };
  },
];

/** Everything of the source that stands outside of a splice is there still, in its place. */
function keepsTheRest(source: string, { start, end, text }: Splice, edited: string): boolean {
  return edited === source.slice(0, start) + text + source.slice(end);
}

export const xmlTexts = fuzzTarget('XML and its edits', fc.tuple(mutatedText(fc.constantFrom(...DOCUMENTS), WORDS), cuts), ([source, choices]) => {
  const document = orRefused(() => parseXml(source, { file: 'a.xml' }));
  if (document === undefined) return;
  const all = elementsOf(document.root);
  for (const [i, edit] of EDITS.entries()) {
    const element = all[(choices[i] ?? i) % all.length] as XmlElement;
    const { splice, expect } = edit(document, element);
    const edited = applySplices(source, [splice]);
    if (!keepsTheRest(source, splice, edited)) throw new Error(`edit ${i} changed more than it said`);
    const after = parseXml(edited);
    if (!expect(after)) throw new Error(`edit ${i} did not do what it should: ${JSON.stringify(edited)}`);
    const untouched = elementsOf(document.root).filter((e) => e.contentStart <= splice.start || e.start >= splice.end);
    const tags = tagsOf(after);
    for (const e of untouched) {
      const isParent = e === element || e === element.parent;
      if (!isParent && !tags.includes(source.slice(e.start, e.contentStart))) throw new Error(`edit ${i} lost ${source.slice(e.start, e.contentStart)}`);
    }
  }
});

const utf16 = (text: string): Uint8Array => encodeXml(`\uFEFF${text}`, 'utf-16le');

export const xmlBytes = fuzzTarget(
  "a document's bytes",
  mutatedBytes(
    [...DOCUMENTS.map((text) => new TextEncoder().encode(text)), ...DOCUMENTS.map(utf16)],
    [Buffer.from('encoding="latin1"'), Buffer.from([0xfe, 0xff])],
  ),
  (bytes) => {
    const decoded = orRefused(() => decodeXml(bytes, 'a.xml'));
    if (decoded === undefined) return;
    if (!Buffer.from(encodeXml(decoded.text, decoded.encoding)).equals(bytes)) throw new Error('bytes are not what they were');
    orRefused(() => parseXml(decoded.text));
  },
);
