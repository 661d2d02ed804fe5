import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../test/refusal.ts';
import type { Problem } from '../errors.ts';
import { decodeXml, encodeXml } from './encoding.ts';
import { parseXml, XML_LIMITS } from './parse.ts';

const declared = (encoding: string, text = ''): string => `<?xml version="1.0" encoding="${encoding}"?><a>${text}</a>`;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusal(act: () => unknown): Problem {
  const problem = refusalOf(act);
  if (problem === undefined) throw new Error('not refused');
  return problem;
}

describe('bytes of a document', () => {
  it.each([
    ['utf-16le', [0xff, 0xfe, 0x3c, 0x00]],
    ['utf-16be', [0xfe, 0xff, 0x00, 0x3c]],
  ] as const)('%s are known by their mark, read, and written back byte for byte', (encoding, begin) => {
    const text = `\uFEFF${declared('UTF-16', 'é€𝄞')}`;
    const bytes = encodeXml(text, encoding);
    expect([...bytes.slice(0, 4)]).toEqual(begin);
    expect(decodeXml(bytes)).toEqual({ text, encoding });
  });

  it('keep a UTF-8 byte order mark', () => {
    const bytes = utf8('\uFEFF<a>é</a>');
    const { text, encoding } = decodeXml(bytes);
    expect(encodeXml(text, encoding)).toEqual(bytes);
    expect(parseXml(text).root.name).toBe('a');
  });

  it.each([
    ['UTF-8', 'é'],
    ['utf8', 'é'],
    ['US-ASCII', 'e'],
    ['ASCII', 'e'],
    // Every byte below 0x80 means the same in them.
    ['ISO-8859-1', 'e'],
    ['windows-1252', 'e\u007f'],
  ])('declared %s are read as UTF-8 where that is the same', (encoding, text) => {
    expect(decodeXml(utf8(declared(encoding, text)))).toEqual({ text: declared(encoding, text), encoding: 'utf-8' });
  });

  it.each([
    ['UTF-16BE', 'utf-16be'],
    ['utf-16', 'utf-16be'],
    ['UTF-16LE', 'utf-16le'],
  ] as const)('declared %s may be %s by their mark', (encoding, mark) => {
    const text = `\uFEFF${declared(encoding)}`;
    expect(decodeXml(encodeXml(text, mark))).toEqual({ text, encoding: mark });
  });

  const CONVERT = 'convert the file to UTF-8 (iconv -t UTF-8) and change its declaration';
  it.each([
    ['ISO-8859-1 with more than ASCII', utf8(declared('ISO-8859-1', 'é')), "the document declares encoding 'iso-8859-1', which hostdev does not read", CONVERT],
    ['UTF-16 without its mark', utf8(declared('UTF-16')), "the document declares encoding 'utf-16', which hostdev does not read", CONVERT],
    [
      'UTF-8 with the mark of UTF-16',
      encodeXml(`\uFEFF${declared('UTF-8')}`, 'utf-16le'),
      "the document declares encoding 'utf-8', which hostdev does not read",
      CONVERT,
    ],
    [
      'UTF-16BE with the mark of the other order',
      encodeXml(`\uFEFF${declared('UTF-16BE')}`, 'utf-16le'),
      "the document declares encoding 'utf-16be', which hostdev does not read",
      CONVERT,
    ],
    [
      'nothing, and are no UTF-8',
      Uint8Array.of(0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e),
      'the document is not valid UTF-8',
      'convert the file to UTF-8 (iconv -t UTF-8) and declare no other encoding',
    ],
    [
      'nothing, and are half a pair of UTF-16',
      Uint8Array.of(0xfe, 0xff, 0xd8, 0x00),
      'the document is not valid UTF-16BE',
      'convert the file to UTF-8 (iconv -t UTF-8) and declare no other encoding',
    ],
  ])('that declare %s are refused', (_, bytes, message, hint) => {
    const problem = { code: 'xml-encoding', severity: 'error', message, hint };
    expect(refusal(() => decodeXml(bytes, 'f.xml'))).toEqual({ ...problem, location: { file: 'f.xml', line: 1, column: 1 } });
    expect(refusal(() => decodeXml(bytes))).toEqual(problem);
  });

  it('are refused unread when there are more than the longest document can have', () => {
    const longest = 2 * XML_LIMITS.maxLength;
    expect(refusal(() => decodeXml(new Uint8Array(longest + 1)))).toMatchObject({
      code: 'xml-too-large',
      message: `the document is ${longest + 1} bytes long, more than hostdev reads`,
    });
    expect(decodeXml(new Uint8Array(longest)).text).toHaveLength(longest);
  });
});

describe('text of a document', () => {
  it.each(['UTF-8', 'utf8', 'Utf-8'])('declared %s may have any character', (encoding) => {
    expect(encodeXml(declared(encoding, 'é\u0080'), 'utf-8')).toEqual(utf8(declared(encoding, 'é\u0080')));
  });

  it('without a declaration is UTF-8', () => {
    expect(encodeXml('<a>é</a>', 'utf-8')).toEqual(utf8('<a>é</a>'));
  });

  it.each(['ISO-8859-1', 'US-ASCII'])('declared %s may have ASCII and nothing else', (encoding) => {
    expect(encodeXml(declared(encoding, 'e\u007f'), 'utf-8')).toEqual(utf8(declared(encoding, 'e\u007f')));
    expect(refusal(() => encodeXml(declared(encoding, '\u0080'), 'utf-8'))).toEqual({
      code: 'xml-encoding',
      severity: 'error',
      message: `the document declares encoding '${encoding.toLowerCase()}', and the change has characters outside ASCII`,
      hint: "change the declaration to encoding='UTF-8' first",
    });
  });
});
