import { describe, expect, it } from 'vitest';
import { attribute, textOf } from './read.ts';
import { parseXml } from './parse.ts';
import { escapeXml, referenceAt } from './references.ts';

describe('a reference', () => {
  it.each([
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&amp;', '&'],
    ['&apos;', "'"],
    ['&quot;', '"'],
    ['&#65;', 'A'],
    ['&#x41;', 'A'],
    ['&#x1F600;', '😀'],
    ['&#9;', '\t'],
    // The first and the last of each range that a document may have.
    ['&#x20;', ' '],
    ['&#xD7FF;', '\ud7ff'],
    ['&#xE000;', '\ue000'],
    ['&#xFFFD;', '\ufffd'],
    ['&#x10000;', '\u{10000}'],
    ['&#x10FFFF;', '\u{10ffff}'],
  ])('%s is %j, in content and in values', (reference, text) => {
    const document = parseXml(`<a b='-${reference}-'>-${reference}-</a>`);
    expect(attribute(document.root, 'b')).toBe(`-${text}-`);
    expect(textOf(document, document.root)).toBe(`-${text}-`);
    expect(referenceAt(`x${reference}y`, 1)).toEqual({ text, end: reference.length + 1 });
  });

  it.each([
    '&',
    '& ;',
    '&;',
    '&nbsp;',
    '&LT;',
    '&#;',
    '&#x;',
    '&#x110000;',
    '&#xD800;',
    '&#8;',
    '&#x1F;',
    '&#xDFFF;',
    '&#xFFFE;',
    '&#a;',
    '&#xg;',
    '&lt',
    'x&lt;',
  ])('%s is none', (text) => {
    expect(referenceAt(text, 0)).toBeUndefined();
  });
});

describe('escaping', () => {
  it('replaces what would end content or a value, and what would be read back as a blank', () => {
    expect(escapeXml('a&b<c>d\'e"f\tg\nh\ri j')).toBe('a&amp;b&lt;c&gt;d&apos;e&quot;f&#9;g&#10;h&#13;i j');
  });

  it.each([
    ['\u0000', 'U+0000'],
    ['ab\u001b', 'U+001B'],
    ['\ufffe', 'U+FFFE'],
    ['a\ud83d', 'U+D83D'],
  ])('refuses %j, which no document may have, and names it', (text, name) => {
    expect(() => escapeXml(text)).toThrow(
      expect.objectContaining({ code: 'xml-malformed', message: `character ${name} cannot be written in XML`, hint: 'leave it out' }) as Error,
    );
  });
});
