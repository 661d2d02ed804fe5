/** Bytes to text and back, losing nothing: UTF-8 and UTF-16 as their marks and declarations say. */
import { HostdevError } from '../errors.ts';
import { XML_LIMITS } from './parse.ts';

/** How a document's bytes were read, so that it can be written back the same way. */
export type XmlEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export interface DecodedXml {
  /** The text; a byte order mark stays in it as U+FEFF. */
  readonly text: string;
  readonly encoding: XmlEncoding;
}

const DECLARED = /^\uFEFF?<\?xml[^>]*?encoding\s*=\s*['"]([A-Za-z][\w.-]*)['"]/;
const ASCII_COMPATIBLE = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Decodes a document's bytes. UTF-16 is recognised by its byte order mark; everything else must be UTF-8
 * (or plain ASCII under another declared name).
 *
 * @throws {HostdevError} `xml-too-large`, or `xml-encoding` when the bytes are not what they are declared to be.
 * @example
 * ```ts
 * import { decodeXml } from 'hostdev/xml';
 * const { text, encoding } = decodeXml(new TextEncoder().encode('<domain/>'));
 * console.log(text, encoding); // → <domain/> utf-8
 * ```
 */
export function decodeXml(bytes: Uint8Array, file?: string): DecodedXml {
  const where = file === undefined ? {} : { location: { file, line: 1, column: 1 } };
  if (bytes.length > 2 * XML_LIMITS.maxLength) {
    throw new HostdevError('xml-too-large', `the document is ${bytes.length} bytes long, more than hostdev reads`, where);
  }
  const encoding = byMark(bytes);
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new HostdevError('xml-encoding', `the document is not valid ${encoding.toUpperCase()}`, {
      ...where,
      hint: 'convert the file to UTF-8 (iconv -t UTF-8) and declare no other encoding',
      cause,
    });
  }
  const declared = DECLARED.exec(text)?.[1]?.toLowerCase();
  if (declared !== undefined && !matches(declared, encoding, bytes)) {
    throw new HostdevError('xml-encoding', `the document declares encoding '${declared}', which hostdev does not read`, {
      ...where,
      hint: 'convert the file to UTF-8 (iconv -t UTF-8) and change its declaration',
    });
  }
  return { text, encoding };
}

/**
 * Encodes text as it was decoded.
 *
 * @example
 * ```ts
 * import { encodeXml } from 'hostdev/xml';
 * console.log(encodeXml('<a/>', 'utf-8').length, encodeXml('<a/>', 'utf-16le').length); // → 4 8
 * ```
 */
export function encodeXml(text: string, encoding: XmlEncoding): Uint8Array {
  if (encoding === 'utf-8') {
    const declared = DECLARED.exec(text)?.[1]?.toLowerCase();
    // Plain ASCII is the same in every encoding it may be declared in; anything more would not be.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
    if (declared !== undefined && declared !== 'utf-8' && declared !== 'utf8' && /[^\u0000-\u007f]/.test(text)) {
      throw new HostdevError('xml-encoding', `the document declares encoding '${declared}', and the change has characters outside ASCII`, {
        hint: "change the declaration to encoding='UTF-8' first",
      });
    }
    return new TextEncoder().encode(text);
  }
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i += 1) view.setUint16(i * 2, text.charCodeAt(i), encoding === 'utf-16le');
  return bytes;
}

function byMark(bytes: Uint8Array): XmlEncoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function matches(declared: string, encoding: XmlEncoding, bytes: Uint8Array): boolean {
  if (encoding !== 'utf-8') return declared === 'utf-16' || declared === encoding;
  return ASCII_COMPATIBLE.has(declared) || bytes.every((byte) => byte < 0x80 && declared !== 'utf-16');
}
