/** What a person gives the planner: a definition, or what a host has printed. */
import { decodeXml } from '../../../xml/encoding.ts';

/** A text with the name that it is shown and told under. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export type Given = { readonly kind: 'definition' | 'host' } & NamedText;

/**
 * A file that was dropped or chosen: XML is a definition, anything else is for the host.
 *
 * @throws {HostdevError} `xml-encoding`, `xml-too-large` for bytes of XML that cannot be read.
 */
export function givenFile(name: string, bytes: Uint8Array): Given {
  if (looksLikeXml(bytes)) return { kind: 'definition', name, text: decodeXml(bytes, name).text };
  return { kind: 'host', name, text: new TextDecoder().decode(bytes) };
}

/** UTF-16 has a mark, and zeros between its characters. */
function looksLikeXml(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).replaceAll('\0', '');
  return /^(?:ÿþ|þÿ|ï»¿)?\s*</.test(start);
}
