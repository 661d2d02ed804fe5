import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseXml } from './parse.ts';
import { attribute, textOf } from './read.ts';
import { element, enclose, textElement } from './write.ts';

describe('writing elements', () => {
  it('indents children and leaves out what is undefined', () => {
    expect(element('source', { dev: undefined }, element('address', { bus: 1 }))).toEqual(['<source>', "  <address bus='1'/>", '</source>']);
  });

  it.each(['x y', "a='1' b", 'a/><evil', '', '1a', 'a>', "a'"])('refuses the name %j of an element and of an attribute', (name) => {
    for (const write of [() => element(name), () => element('a', { [name]: 'b' }), () => textElement(name, ''), () => enclose([name], '')]) {
      expect(write).toThrow(expect.objectContaining({ code: 'xml-malformed' }) as Error);
    }
  });

  it('whatever is written is read back', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(value));
    fc.assert(
      fc.property(text, (value) => {
        const attributes = parseXml(element('a', { b: value }).join('\n'));
        expect(attribute(attributes.root, 'b')).toBe(value);
        const inside = parseXml(textElement('a', value).join('\n'));
        expect(textOf(inside, inside.root)).toBe(value);
      }),
    );
  });
});
