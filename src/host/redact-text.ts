/** Hiding what identifies a machine in what commands print, which may have anything in it. */
import { isIP, isIPv6 } from 'node:net';
import type { Identifier } from './identifying.ts';
import { LONG_ID, MAC, standIns, UUID } from './stand-ins.ts';
import { writtenForms } from './written-forms.ts';

/** Addresses of functions, which look like other things: what they have in common with a name is not the name. */
const FUNCTION = /(?<![\w:.])(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[01][0-9a-fA-F]\.[0-7](?![\w.])/;
/** Device Serial Number, as it is told (`01 02 …`) and as rules have it. */
const DEVICE_SERIAL = /\b(?:[0-9a-f]{2} ){7}[0-9a-f]{2}\b|(?<=\bserial=\d+:)[0-9a-f]{16}\b/;
/** As other systems write MAC addresses, and EUI-64. */
const DASHED_MAC = /(?<![\w-])[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5,7}(?![\w-])/;
/** Names that are one in the world: of iSCSI (RFC 3720, section 3.2.6.3), of NVMe over fabrics, of disks as udev and the kernel's wwid have them. */
const WORLD_WIDE =
  /\b(?:iqn|nqn)\.\d{4}-\d{2}\.[^\s'",;<>]+|\b(?:eui|naa)\.[0-9a-fA-F]{16,32}\b|\bwwn-0x[0-9a-f]{16,32}\b|\bnvme\.[0-9a-f]{4}-[0-9a-f]+-[0-9a-f]+-[0-9a-f]{8}\b/;
const IPV4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)/;
/** One that cannot be the end of a name. */
const SINGLE_IPV4 = /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/;
/** Whatever may be one; most things with colons are none. */
const IPV6 = /(?<![\w:.])[0-9a-fA-F:]{2,45}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:]|\.\d)/;
/**
 * Users: who changed something, and whose directory it is. Of processes that have something open the name counts, and is nobody's: it stands behind an
 * arrow, `open by`, or the guest of a QEMU.
 */
const USER = /(?<![\w.-]|open by |→ |^, )[\w.-]+(?= \(pid \d+\))|[\w.@-]+(?=, as the page says)|(?<=\/(?:home|media)\/)[^/\s'"]+/;
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
  for (const each of identifiers) name(each.kind, each.name);
  const names = formsOf(identifiers);
  const hiding: readonly Hiding[] = [
    { pattern: IN_XML, hide: () => 'hidden' },
    { pattern: FUNCTION, hide: (text) => text },
    { pattern: DEVICE_SERIAL, hide: (text) => name('serial', text.replaceAll(' ', '')) },
    { pattern: REMOTE, hide: (text) => withoutAuthority(text, name, stand.ip) },
    { pattern: MAC, hide: stand.mac },
    { pattern: DASHED_MAC, hide: (text) => stand.mac(text.replaceAll('-', ':')) },
    { pattern: WORLD_WIDE, hide: (text) => name('serial', text) },
    { pattern: UUID, hide: stand.uuid },
    { pattern: IPV6, hide: (text) => (isIPv6(text) && text !== '::' ? stand.ip(text) : undefined) },
    { pattern: SINGLE_IPV4, hide: stand.ip },
    // Behind what has numbers only, since a name may be one; before the rest, which may be parts of names.
    { pattern: anyOf(names), hide: (text) => standInOf(names.get(text) ?? names.get(text.toLowerCase()), name) },
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
  return (kind, written) => {
    const name = kind === 'host' ? written.toLowerCase() : written;
    const before = known.get(name);
    if (before !== undefined) return before;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    known.set(name, `${kind}-${count}`);
    return `${kind}-${count}`;
  };
}

/** Every name in every form; hosts in lower case. */
function formsOf(identifiers: readonly Identifier[]): ReadonlyMap<string, Identifier> {
  return new Map(identifiers.flatMap((each) => writtenForms(each.name).map((form) => [each.kind === 'host' ? form.toLowerCase() : form, each] as const)));
}

function standInOf(found: Identifier | undefined, name: Name): string | undefined {
  return found === undefined ? undefined : name(found.kind, found.name);
}

/**
 * Any of the names where it stands as a word: the longest, where one is the beginning of another. Names of hosts are the same in capitals (RFC 4343),
 * and are parts of others (`vg_kvm7`).
 */
function anyOf(names: ReadonlyMap<string, Identifier>): RegExp {
  if (names.size === 0) return /(?!)/;
  const escaped = [...names]
    .toSorted(([a], [b]) => b.length - a.length)
    .map(([form, { kind }]) => {
      const literal = form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
      return kind === 'host' ? literal.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`) : `${literal}(?!_)(?<!_${literal})`;
    });
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'u');
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
