/** What a virtual port (802.1Qbg, 802.1Qbh) may say: the ranges that libvirt's schema has for its parameters. */
import { HostdevError } from '../errors.ts';
import type { VirtualPort } from './hostdev.ts';

interface Rule {
  readonly isValid: (text: string) => boolean;
  readonly words: string;
}

/** Decimal, or hexadecimal with 0x. */
function upTo(most: number, words: string): Rule {
  return { words, isValid: (text) => /^(\d{1,9}|0x[\da-fA-F]{1,7})$/.test(text) && Number(text) <= most };
}

const UUID: Rule = {
  words: 'a UUID, for example 09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f',
  isValid: (text) => /^([\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|[\da-f]{32})$/i.test(text),
};

const RULES: ReadonlyMap<string, Rule> = new Map([
  ['managerid', upTo(0xff, 'a number from 0 to 255')],
  ['typeid', upTo(0xff_ffff, 'a number from 0 to 16777215 (0xffffff)')],
  ['typeidversion', upTo(0xff, 'a number from 0 to 255')],
  ['instanceid', UUID],
  ['interfaceid', UUID],
  ['profileid', { words: 'a name of 1 to 39 characters', isValid: (text) => text.length > 0 && text.length <= 39 }],
]);

/** Without these libvirt does not start the guest. */
const NEEDED: ReadonlyMap<string, readonly string[]> = new Map([
  ['802.1Qbh', ['profileid']],
  ['802.1Qbg', ['managerid', 'typeid', 'typeidversion']],
]);

/** @throws {HostdevError} `interface-invalid` for a value that libvirt does not take, or one that its type needs and that is missing. */
export function checkVirtualPort({ type, parameters }: VirtualPort): void {
  const refuse = (message: string, hint: string): never => {
    throw new HostdevError('interface-invalid', message, { hint });
  };
  for (const [name, text] of Object.entries(parameters)) {
    const rule = RULES.get(name);
    if (rule !== undefined && !rule.isValid(text)) refuse(`${name} of a virtual port is '${text.slice(0, 40)}'`, `write ${rule.words}`);
  }
  const missing = (NEEDED.get(type ?? '') ?? []).filter((name) => parameters[name] === undefined);
  if (missing.length > 0) refuse(`a virtual port of type ${type} needs ${missing.join(', ')}`, 'the switch knows the port by that');
}
