/** How people name one function of a fleet, and a mapping where an address is expected. */
import { parseFunctionName } from '../../domain/function-name.ts';
import { HostdevError } from '../../errors.ts';
import type { PciAddress } from '../../pci/address.ts';
import { ensureFleetName, parseFunctionKey } from './keys.ts';

/** By its key in the fleet (its host is known where the key says it), or by the host and the address there. */
export type FunctionWord =
  | { readonly kind: 'key'; readonly key: string; readonly host?: string }
  | { readonly kind: 'address'; readonly host: string; readonly address: PciAddress };

const MAPPING_PREFIX = 'mapping:';
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
 * Reads `kvm1/0000:3b:00.0`, a function's key, or with the name of a host beside it an address as anybody writes it.
 *
 * @throws {HostdevError} `usage`, and what is wrong with the address.
 */
export function parseFunctionWord(word: string, host?: string): FunctionWord {
  const key = parseFunctionKey(word);
  if (key !== undefined) return { kind: 'key', key: word, ...(key.kind === 'machine' ? {} : { host: key.host }) };
  const slash = word.indexOf('/');
  const named = slash === -1 ? host : word.slice(0, slash);
  if (named === undefined) {
    throw new HostdevError('usage', `"${word.slice(0, 80)}" does not say which host's function is meant`, { subject: word.slice(0, 80), hint: HINT });
  }
  const name = parseFunctionName(word.slice(slash + 1));
  if (name.kind === 'address') return { kind: 'address', host: ensureFleetName(named), address: name.address };
  throw new HostdevError('usage', `${name.kind} names no function of a fleet`, { subject: word.slice(0, 80), hint: HINT });
}

/** Whether a word names a function: all others are names of mappings. */
export function isFunctionWord(word: string): boolean {
  return /[:/=]/.test(word);
}
