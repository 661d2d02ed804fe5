/** How people name one function of a fleet, and a mapping where an address is expected. */
import { type FunctionName, parseFunctionName } from '../../domain/function-name.ts';
import { type ErrorCode, HostdevError, type Problem } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { ensureFleetName, parseFunctionKey } from './keys.ts';
import type { PublishedFunction } from './records.ts';

/** By its key in the fleet (its host is known where the key says it), or by the host and the address there. */
export type FunctionWord =
  | { readonly kind: 'key'; readonly key: string; readonly host?: string }
  | { readonly kind: 'address'; readonly host: string; readonly address: PciAddress };

const MAPPING_PREFIX = 'mapping:';
/** As `functionWords` prints them: whoever reads a list copies that. */
const PRINTED = /^([^\s:/=<]+) ([^\s/]+)(?: vf (\d+))?$/;
const PRINTED_OF_MACHINE = /^(\S+) fid 0x([0-9a-f]{8})$/;
const HINT = 'HOST/ADDRESS: kvm1/0000:3b:00.0; or its key: host/kvm1/0000:3b:00.0, host/kvm1/0000:3b:00.0/vf/3, cpc/8561-0123456/0000a0f1';

/**
 * The name of the mapping that `mapping:gpu-a10` means; undefined for any other word.
 *
 * @throws {HostdevError} `usage` for a name that is none.
 */
export function parseMappingWord(word: string): string | undefined {
  return word.startsWith(MAPPING_PREFIX) ? ensureFleetName(word.slice(MAPPING_PREFIX.length)) : undefined;
}

/**
 * Reads `kvm1/0000:3b:00.0`, a function's key, what commands print for it (`kvm1 0000:3b:00.0 vf 3`), or with the name of a host beside it an address as anybody writes it.
 *
 * @throws {HostdevError} `usage`, and what is wrong with the address.
 */
export function parseFunctionWord(word: string, host?: string): FunctionWord {
  const written = unprinted(word);
  const key = parseFunctionKey(written);
  if (key !== undefined) return { kind: 'key', key: written, ...(key.kind === 'machine' ? {} : { host: key.host }) };
  const slash = written.indexOf('/');
  const named = slash === -1 ? host : written.slice(0, slash);
  if (named === undefined || named === '') {
    throw new HostdevError('usage', `"${word.slice(0, 80)}" does not say which host's function is meant`, { subject: word.slice(0, 80), hint: HINT });
  }
  const own = written.slice(slash + 1);
  if (own.includes('/')) throw noFunction(word, 'it is no key of one, and HOST/ADDRESS has one slash');
  const name = functionNameIn(word, own);
  if (name.kind === 'address') return { kind: 'address', host: ensureFleetName(named), address: name.address };
  throw noFunction(word, `by ${name.kind} a host knows its functions, not the fleet`);
}

/** What commands print for a function, as somebody writes it; any other word as it is. */
function unprinted(word: string): string {
  const [, serial, fid] = PRINTED_OF_MACHINE.exec(word) ?? [];
  if (serial !== undefined && fid !== undefined) return `cpc/${serial}/${fid}`;
  const [, host, address = '', index] = PRINTED.exec(word) ?? [];
  if (host === undefined) return word;
  return index === undefined ? `${host}/${address}` : `host/${host}/${address}/vf/${index}`;
}

/** What is wrong with the address, of the word as somebody wrote it: a hint that is right on a host would leave the host out. */
function functionNameIn(word: string, own: string): FunctionName {
  try {
    return parseFunctionName(own);
  } catch (error) {
    throw error instanceof HostdevError ? noFunction(word, error.message, error.code) : error;
  }
}

function noFunction(word: string, why: string, code: ErrorCode = 'usage'): HostdevError {
  const subject = word.slice(0, 80);
  return new HostdevError(code, `"${subject}" names no function of a fleet: ${why}`, { subject, hint: HINT });
}

/** Whether a word names a function: all others are names of mappings. */
export function isFunctionWord(word: string): boolean {
  return /[:/=]/.test(word) || PRINTED_OF_MACHINE.test(word);
}

/** Whether it is the function that the word means, of the host that the word says. */
export function isMeant(meant: FunctionWord, { key, address }: Pick<PublishedFunction, 'key' | 'address'>): boolean {
  return meant.kind === 'key' ? key === meant.key : address === formatPciAddress(meant.address);
}

/** Of a function that no host has told of; with the reason where that is a record that cannot be read. */
export function unknownFunction(meant: FunctionWord, unread: readonly Problem[]): HostdevError {
  const words = meant.kind === 'key' ? meant.key : `${meant.host}/${formatPciAddress(meant.address)}`;
  const unreadable = unread.find(({ subject }) => subject?.includes('/hosts/') === true);
  const list = `'hostdev fleet list --functions${meant.host === undefined ? '' : ` --on ${meant.host}`}' shows what there is`;
  return new HostdevError('fleet-function-unknown', `no host of the fleet has published ${words}`, { subject: words, hint: unreadable?.message ?? list });
}
