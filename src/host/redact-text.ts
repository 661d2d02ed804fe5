/** Hiding what identifies a machine in what commands print, which may have anything in it. */
import { isIP, isIPv6 } from 'node:net';
import type { Identifier } from './identifying.ts';
import { LONG_ID, MAC, standIns, UUID } from './stand-ins.ts';

/** Addresses of functions, which look like other things: what they have in common with a name is not the name. */
const FUNCTION = /(?<![\w:.])(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7](?![\w.])/;
/** Device Serial Number, as it is told (`01 02 …`) and as rules have it. */
const DEVICE_SERIAL = /\b(?:[0-9a-f]{2} ){7}[0-9a-f]{2}\b|(?<=\bserial=\d+:)[0-9a-f]{16}\b/;
const IPV4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)/;
/** One that cannot be the end of a name. */
const SINGLE_IPV4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/;
/** Whatever may be one; most things with colons are none. */
const IPV6 = /(?<![\w:.])[0-9a-fA-F:]{2,45}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:]|\.\d)/;
/** Users: who changed something, and whose directory it is. */
const USER = /(?<![\w.-])[\w.-]+(?= \(pid \d+\))|(?<=\/home\/)[^/\s'"]+/;
/** Who is asked for which machine. */
const REMOTE = /(?<=\b(?:ssh|[a-z]+\+(?:ssh|libssh2?|tls|tcp)):\/\/)[^\s/?'"]+/;
/** What definitions have besides. */
const IN_XML = /(?<=\bpasswd=(['"])).*?(?=\1)|(?<=<(?:title|description|serial|asset)>)[^<]+|(?<=<entry name='(?:serial|uuid|asset|family|sku)'>)[^<]+/;

/**
 * What hides the identifiers and every MAC and IP address, UUID and serial number in texts. The same thing has the same stand-in in all of
 * them. What stands in is never looked at again, so nothing is hidden twice.
 */
export function textRedaction(identifiers: readonly Identifier[]): (text: string) => string {
  const stand = standIns();
  const name = namer();
  const kinds = new Map(identifiers.map((each) => [each.name, each.kind]));
  for (const each of identifiers) name(each.kind, each.name);
  const hiding: readonly Hiding[] = [
    { pattern: IN_XML, hide: () => 'hidden' },
    { pattern: FUNCTION, hide: (text) => text },
    { pattern: DEVICE_SERIAL, hide: (text) => name('serial', text.replaceAll(' ', '')) },
    { pattern: REMOTE, hide: (text) => withoutAuthority(text, name, stand.ip) },
    { pattern: MAC, hide: stand.mac },
    { pattern: UUID, hide: stand.uuid },
    { pattern: IPV6, hide: (text) => (isIPv6(text) && text !== '::' ? stand.ip(text) : undefined) },
    { pattern: SINGLE_IPV4, hide: stand.ip },
    // Behind what has numbers only, since a name may be one; before the rest, which may be parts of names.
    { pattern: anyOf([...kinds.keys()]), hide: (text) => name(kinds.get(text) ?? 'guest', text) },
    { pattern: IPV4, hide: stand.ip },
    { pattern: LONG_ID, hide: stand.longId },
    { pattern: USER, hide: (text) => (isNobody(text) ? undefined : name('user', text)) },
  ];
  return (text) =>
    hiding
      .reduce<readonly Piece[]>((pieces, each) => pieces.flatMap((piece) => (piece.isDone ? [piece] : split(piece.text, each))), [{ text, isDone: false }])
      .map((piece) => piece.text)
      .join('');
}

interface Hiding {
  readonly pattern: RegExp;
  /** The stand-in; undefined where it only looks like one. */
  readonly hide: (text: string) => string | undefined;
}

/** A part of a text. What was looked at and hidden, or is known to be harmless, is done. */
interface Piece {
  readonly text: string;
  readonly isDone: boolean;
}

function split(text: string, { pattern, hide }: Hiding): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(new RegExp(pattern.source, pattern.unicode ? 'gu' : 'g'))) {
    const hidden = hide(found);
    if (hidden === undefined) continue;
    pieces.push({ text: text.slice(end, index), isDone: false }, { text: hidden, isDone: true });
    end = index + found.length;
  }
  return [...pieces, { text: text.slice(end), isDone: false }];
}

type Name = (kind: Identifier['kind'], name: string) => string;

/** `guest-1`, `guest-2`, `host-1`: one a name. */
function namer(): Name {
  const known = new Map<string, string>();
  const counts = new Map<string, number>();
  return (kind, name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    known.set(name, `${kind}-${count}`);
    return `${kind}-${count}`;
  };
}

/** Any of the names where it stands as a word: the longest, where one is the beginning of another. */
function anyOf(names: readonly string[]): RegExp {
  if (names.length === 0) return /(?!)/;
  const escaped = names.toSorted((a, b) => b.length - a.length).map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${escaped.join('|')})(?![\\p{L}\\p{N}_])`, 'u');
}

/** `anna@kvm7:22` of a URI. */
function withoutAuthority(authority: string, name: Name, ip: (address: string) => string): string {
  const [, user, host = '', port = ''] = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(.*)$/.exec(authority) ?? [];
  const who = user === undefined ? '' : `${isNobody(user) ? user : name('user', user)}@`;
  const bare = host.replaceAll(/[[\]]/g, '');
  if (isIP(bare) > 0) return `${who}${host.startsWith('[') ? `[${ip(bare)}]` : ip(bare)}${port}`;
  return `${who}${host === '' ? '' : name('host', host)}${port}`;
}

/** Names of users that say nothing of a person. */
function isNobody(user: string): boolean {
  return /^(?:root|\d+)$/.test(user);
}
