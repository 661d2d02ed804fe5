import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applySplices, insertChild, insertFirstChild, removeNode, replaceNode, setAttribute } from './edit.ts';
import { parseXml } from './parse.ts';
import { childElement, childElements } from './read.ts';
import { escapeXml } from './references.ts';
import { attribute } from './read.ts';

const edit = (source: string, make: (document: ReturnType<typeof parseXml>) => Parameters<typeof applySplices>[1]): string =>
  applySplices(source, make(parseXml(source)));

describe('inserting a child', () => {
  it.each([
    ['behind the last sibling, with its indentation', '<a>\n\t<b/>\n</a>', '<a>\n\t<b/>\n\t<c>\n\t  <d/>\n\t</c>\n</a>'],
    ['with the line ends of the document', '<a>\r\n  <b/>\r\n</a>', '<a>\r\n  <b/>\r\n  <c>\r\n    <d/>\r\n  </c>\r\n</a>'],
    ['into a self-closing parent', '<a/>', '<a>\n  <c>\n    <d/>\n  </c>\n</a>'],
    ['into a self-closing parent with attributes', "<a x='1' />", "<a x='1'>\n  <c>\n    <d/>\n  </c>\n</a>"],
    ['into an empty parent', '<a></a>', '<a>\n  <c>\n    <d/>\n  </c>\n</a>'],
    ['into a parent with nothing but a line break', '<a>\n</a>', '<a>\n  <c>\n    <d/>\n  </c>\n</a>'],
    ['behind the remark on the line of its sibling', '<a>\n  <b/> <!-- why -->\n</a>', '<a>\n  <b/> <!-- why -->\n  <c>\n    <d/>\n  </c>\n</a>'],
    ['into a parent on one line with blanks in it', '<a>  </a>', '<a>  \n  <c>\n    <d/>\n  </c>\n</a>'],
    ['into a parent that has text behind a line break', '<a>\ntext</a>', '<a>\ntext\n  <c>\n    <d/>\n  </c>\n</a>'],
    ['behind a sibling that stands behind another one on its line', '<a>\n  <x/><b/>\n</a>', '<a>\n  <x/><b/>\n  <c>\n    <d/>\n  </c>\n</a>'],
    ['behind a sibling on the line of its parent', '<a><b/>\n</a>', '<a><b/>\n<c>\n  <d/>\n</c>\n</a>'],
    ['into a document that begins with a line break', '\n<a>\n <b/>\n</a>', '\n<a>\n <b/>\n <c>\n   <d/>\n </c>\n</a>'],
    ['into a document that is one line', '<a><b/></a>', '<a><b/>\n<c>\n  <d/>\n</c></a>'],
  ])('%s', (_, source, expected) => {
    expect(edit(source, (document) => [insertChild(document, document.root, ['<c>', '  <d/>', '</c>'])])).toBe(expected);
  });

  it('before all others', () => {
    expect(edit('<a>\n  <b/>\n</a>', (document) => [insertFirstChild(document, document.root, ['<c/>'])])).toBe('<a>\n  <c/>\n  <b/>\n</a>');
  });
});

describe('removing, replacing and setting', () => {
  it('removes a node with its line', () => {
    const source = '<a>\r\n  <b/>\r\n  <c/>\r\n</a>';
    expect(edit(source, (d) => [removeNode(d, childElements(d.root)[0] ?? d.root)])).toBe('<a>\r\n  <c/>\r\n</a>');
    expect(edit('<a><b/><c/></a>', (d) => [removeNode(d, childElements(d.root)[0] ?? d.root)])).toBe('<a><c/></a>');
  });

  it('removes what it inserted, so that the document is as it was', () => {
    for (const source of ['<a>\n  <b/>\n</a>', '<a>\r\n\t<b/>\r\n</a>']) {
      const inserted = edit(source, (d) => [insertChild(d, d.root, ['<c>', '  <d/>', '</c>'])]);
      expect(edit(inserted, (d) => [removeNode(d, childElement(d.root, 'c') ?? d.root)])).toBe(source);
    }
  });

  it('replaces a node where it stands', () => {
    expect(edit('<a>\n  <b/>\n</a>', (d) => [replaceNode(d, childElements(d.root)[0] ?? d.root, ['<c>', '</c>'])])).toBe('<a>\n  <c>\n  </c>\n</a>');
  });

  it('sets an attribute in its own quotes, or adds it behind the last', () => {
    expect(edit('<a  b="1"\n c=\'2\'/>', (d) => [setAttribute(d.root, 'b', 'x"y'), setAttribute(d.root, 'd', '3')])).toBe("<a  b=\"x&quot;y\"\n c='2' d='3'/>");
    expect(edit('<a/>', (d) => [setAttribute(d.root, 'b', '1')])).toBe("<a b='1'/>");
  });

  it('refuses edits that overlap', () => {
    expect(() =>
      applySplices('abc', [
        { start: 0, end: 2, text: '' },
        { start: 1, end: 3, text: '' },
      ]),
    ).toThrow(expect.objectContaining({ code: 'xml-edit-overlap' }) as Error);
  });
});

describe('properties', () => {
  it('any text written as an attribute value is read back as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((s) => !/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(s)),
        (value) => {
          expect(attribute(parseXml(`<a b='${escapeXml(value)}'/>`).root, 'b')).toBe(value);
        },
      ),
    );
  });

  it('splices change nothing outside themselves', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.string(), (source, a, b, text) => {
        const [start, end] = [a % (source.length + 1), b % (source.length + 1)].sort((x, y) => x - y) as [number, number];
        const result = applySplices(source, [{ start, end, text }]);
        expect(result).toBe(source.slice(0, start) + text + source.slice(end));
      }),
    );
  });
});
