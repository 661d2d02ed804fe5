/** What a person gives the planner: a definition, a wish, or what a host has printed. */
import { decodeWish } from '../../../wish-files/read-texts.ts';
import { decodeXml } from '../../../xml/encoding.ts';

/** A text with the name that it is shown and told under. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

export type Given = { readonly kind: 'definition' | 'host' } & NamedText;

/**
 * A file that was dropped or chosen: XML is a definition; what begins as a wish does, or is called as YAML is, is one, and goes where definitions go; anything else is for the host.
 *
 * @throws {HostdevError} `xml-encoding`, `xml-too-large` for bytes of XML that cannot be read; `wish-malformed`, `file-too-large` for those of a wish.
 */
export function givenFile(name: string, bytes: Uint8Array): Given {
  if (looksLikeXml(bytes)) return { kind: 'definition', name, text: decodeXml(bytes, name).text };
  const text = new TextDecoder().decode(bytes);
  if (beginsAsWish(text) || YAML.test(name)) return { kind: 'definition', ...decodeWish(name, bytes) };
  return { kind: 'host', name, text };
}

/** UTF-16 has a mark, and zeros between its characters. */
function looksLikeXml(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).replaceAll('\0', '');
  return /^(?:ÿþ|þÿ|ï»¿)?\s*</.test(start);
}

const YAML = /\.ya?ml$/;

/** Whether a text in the editor is a wish, and no definition: by what stands in it; where that says nothing, by its name. */
export function isWish({ name, text }: NamedText): boolean {
  return !/^\uFEFF?\s*</.test(text) && (beginsAsWish(text) || /\.(ya?ml|json)$/.test(name));
}

/** A name of a wish at the beginning of a line, or the first one in JSON that no command of hostdev has printed. */
function beginsAsWish(text: string): boolean {
  if (/^\uFEFF?\s*\{/.test(text)) return JSON_WISH.test(text) && !/"command"\s*:/.test(text);
  return YAML_WISH.test(text);
}

const NAMES = '(["\']?)(?:formatVersion|slots|virtualFunctions|functions|pools|guests)\\1\\s*:';
const JSON_WISH = new RegExp(`^\\uFEFF?\\s*\\{\\s*${NAMES}`);
const YAML_WISH = new RegExp(`^\\uFEFF?${NAMES}`, 'm');

/** A text that becomes another kind of thing is not called as the old one was. */
export function editedText(before: NamedText, text: string): NamedText {
  const after = { name: before.name, text };
  if (isWish(after) === isWish(before)) return after;
  return { name: isWish(after) ? 'wish.yaml' : 'guest.xml', text };
}
