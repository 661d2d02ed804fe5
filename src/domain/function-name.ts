/** How commands name a function of the host: by address, or by one of the ids that IBM Z gives it. */
import { HostdevError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { parseFid, parseId, parseUid } from '../pci/zpci-id.ts';
import { parseSource } from './pasted-source.ts';

/** `written` is the word as it was given. An id is to be looked up; a pchid may mean several functions. */
export type FunctionName =
  | { readonly kind: 'address'; readonly written: string; readonly address: PciAddress }
  | { readonly kind: 'fid' | 'uid' | 'pchid'; readonly written: string; readonly id: number };

/** An id beside something else; in an element ids have places of their own. */
const BESIDE = /^(?!\s*<).*(?:^|[\s,;])(?:fid|uid|pchid)\s*=/is;

const ID = /^\s*(fid|uid|pchid)\s*=\s*['"]?([^\s'",]*)['"]?,?\s*$/i;

/**
 * Reads one word: `fid=0x100`, `uid=0x21`, `pchid=0x128`, or an address as {@link parseSource} does.
 *
 * @throws {HostdevError} as {@link parseSource}; `address-ambiguous` for an id beside another name; `number-malformed`, `number-ambiguous`, `fid-range`,
 * `uid-range`.
 * @example
 * ```ts
 * import { parseFunctionName } from 'hostdev';
 * const name = parseFunctionName('fid=00000100');
 * console.log(name.kind, name.kind === 'fid' && name.id); // → fid 256
 * ```
 */
export function parseFunctionName(word: string): FunctionName {
  const match = ID.exec(word);
  if (match === null && BESIDE.test(word)) {
    const subject = word.trim().slice(0, 60);
    throw new HostdevError('address-ambiguous', `'${subject}' has an id and another name of a function`, {
      subject,
      hint: 'write one of them; several functions are words of their own',
    });
  }
  if (match === null) return { kind: 'address', written: word, address: parseSource(word) };
  const [, kind = '', id = ''] = match;
  const written = word.trim();
  if (kind.toLowerCase() === 'fid') return { kind: 'fid', written, id: parseFid(id) };
  return kind.toLowerCase() === 'uid' ? { kind: 'uid', written, id: parseUid(id) } : { kind: 'pchid', written, id: parsePchid(id) };
}

/**
 * Reads what a slot is named by: its function's id as `0x17` or as the eight digits of its directory, or any name of a function that
 * is there.
 *
 * @throws {HostdevError} as {@link parseFunctionName} and {@link parseFid}.
 */
export function parseSlotName(word: string): FunctionName {
  const isPlain = /^\s*\w+\s*$/.test(word) && !word.trim().startsWith('pci_');
  return isPlain ? { kind: 'fid', written: word.trim(), id: parseFid(word) } : parseFunctionName(word);
}

/**
 * Reads all words, or tells everything that is wrong with any of them.
 *
 * @example
 * ```ts
 * import { parseFunctionNames } from 'hostdev';
 * console.log(parseFunctionNames(['02:00.0', 'fid=0x100']).map(({ written }) => written).join(' ')); // → 02:00.0 fid=0x100
 * ```
 */
export function parseFunctionNames(words: readonly string[]): FunctionName[] {
  const names: FunctionName[] = [];
  const refused: HostdevError[] = [];
  for (const word of words) {
    try {
      names.push(parseFunctionName(word));
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      refused.push(error);
    }
  }
  const [first, ...others] = refused;
  if (first === undefined) return names;
  if (others.length === 0) throw first;
  throw HostdevError.all(
    first.toProblem(),
    others.map((each) => each.toProblem()),
  );
}

/** Physical channels have 16 bits. Source: the kernel's ABI document s390/pci. */
function parsePchid(text: string): number {
  const id = parseId('pchid', text);
  if (id <= 0xffff) return id;
  throw new HostdevError('number-malformed', `pchid ${text} is outside 0x0000–0xffff`, { subject: text, hint: "'hostdev list' shows them" });
}
