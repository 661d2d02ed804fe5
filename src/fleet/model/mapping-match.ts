/** What a mapping asks of a function, as people write it, and whether a function has it. */
import { HostdevError } from '../../errors.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parseSysfsName } from '../../pci/sysfs-name.ts';
import { isOneLine } from '../../printable.ts';
import { wordTable } from '../../word-table.ts';
import { type ClassWord, isOfClass, parseClassWord } from '../../state/class-words.ts';
import { parseFingerprint } from '../../state/fingerprint.ts';
import { ensureFleetName, parseFunctionKey } from './keys.ts';
import type { MappingMatch, PublishedFunction } from './records.ts';

const IDS = /^([0-9a-f]{4}):([0-9a-f]{4}|\*)$/;
const CLASS_CODE = /^(?:0x)?([0-9a-f]{2}(?:[0-9a-f]{2}){0,2})$/;
/** Words of a fingerprint, which stay as they are written. */
const FACT = /^(?:vendor|device|subsystem_vendor|subsystem_device|function_id|serial|mac|place)=/;
/** As other records of the fleet may be long. */
const LIMIT = 256;

/** What may stand before the =, and what it makes. */
const WORDS = wordTable<(value: string, word: string) => MappingMatch>({
  ids: (value, word) => ({ ids: idsOf(value, word) }),
  subsystem: (value, word) => ({ subsystem: idsOf(value, word) }),
  class: (value, word) => ({ class: classOf(value, word) }),
  host: (value) => ({ host: ensureFleetName(value) }),
  numa: (value, word) => ({ numaNode: numaNodeOf(value, word) }),
  pf: (value, word) => ({ physicalFunction: physicalFunctionOf(value, word) }),
  network: (value) => ({ physicalNetwork: value }),
});

const HINT =
  "'10de:2236', '10de:*', or words with blanks between, all of which have to hold: subsystem=10de:1482 class=gpu host=kvm1 numa=0 pf=0000:3b:00.0 network=physnet1, and facts of a fingerprint: serial=… mac=…";

/**
 * Reads what one `--match` says: ids alone, or words all of which have to hold.
 *
 * @throws {HostdevError} `mapping-malformed`
 */
export function parseMatch(text: string): MappingMatch {
  if (text.length > LIMIT) throw malformed(text.slice(0, 40), `it has more than ${LIMIT} characters`);
  const words = text.trim().split(/\s+/).filter(Boolean);
  const strange = words.find((word) => !isOneLine(word));
  if (strange !== undefined) throw malformed(strange, 'it has control characters');
  if (words.length === 0) throw malformed(text, 'it says nothing');
  const facts = words.filter((word) => FACT.test(word));
  const empty = facts.find((fact) => fact.endsWith('='));
  if (empty !== undefined) throw withoutValue(empty, empty.slice(0, -1));
  const match: MappingMatch = facts.length === 0 ? {} : { fingerprint: fingerprintOf(facts) };
  for (const word of words) {
    if (FACT.test(word)) continue;
    const [name = '', value = ''] = word.includes('=') ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] : ['ids', word];
    const read = WORDS[name];
    if (read === undefined) throw malformed(word, `"${name}" is nothing that a function can be chosen by`);
    if (value === '') throw withoutValue(word, name);
    const one = read(value, word);
    if (Object.keys(one).some((key) => key in match)) throw malformed(word, `"${name}" is there twice`);
    Object.assign(match, one);
  }
  return match;
}

/** As `parseMatch` reads it. */
export function formatMatch({ ids, subsystem, class: pciClass, host, numaNode, physicalFunction, physicalNetwork, fingerprint }: MappingMatch): string {
  const words = [
    ids,
    subsystem === undefined ? undefined : `subsystem=${subsystem}`,
    pciClass === undefined ? undefined : `class=${pciClass}`,
    host === undefined ? undefined : `host=${host}`,
    numaNode === undefined ? undefined : `numa=${numaNode}`,
    physicalFunction === undefined ? undefined : `pf=${physicalFunction}`,
    physicalNetwork === undefined ? undefined : `network=${physicalNetwork}`,
    fingerprint,
  ];
  return words.filter((word) => word !== undefined).join(' ');
}

/** Whether a function of a host has all that one match names. A match that names nothing known here matches nothing: a newer hostdev knows what it means. */
export function matches(match: MappingMatch, host: string, published: PublishedFunction): boolean {
  const tests = Object.entries(match).map(([name, wanted]) =>
    Object.hasOwn(TESTS, name) ? TESTS[name as keyof MappingMatch](String(wanted), host, published) : false,
  );
  return tests.length > 0 && tests.every(Boolean);
}

type Test = (wanted: string, host: string, published: PublishedFunction) => boolean;

const TESTS: Readonly<Record<keyof MappingMatch, Test>> = {
  ids: (wanted, _, { vendor, device }) => hasIds(wanted, vendor, device),
  subsystem: (wanted, _, { fingerprint }) => {
    const kept = parseFingerprint(fingerprint);
    return kept !== undefined && hasIds(wanted, kept.subsystemVendor ?? '', kept.subsystemDevice ?? '');
  },
  class: (wanted, _, published) => {
    const word = parseClassWord(wanted);
    return word === undefined ? published.class.replace(/^0x/, '').startsWith(wanted) : isOfClass(classCode(published), word);
  },
  host: (wanted, host) => wanted === host,
  numaNode: (wanted, _, { numaNode }) => numaNode !== null && String(numaNode) === wanted,
  physicalFunction: (wanted, _, { physicalFunction }) => physicalFunction === wanted || physicalFunction?.endsWith(`/${wanted}`) === true,
  physicalNetwork: (wanted, _, { physicalNetwork }) => physicalNetwork === wanted,
  fingerprint: (wanted, _, { fingerprint }) => {
    const facts = new Set(fingerprint.split(' '));
    return wanted.split(' ').every((fact) => facts.has(fact));
  },
};

/** 24 bits, whether four digits or six were published. */
function classCode({ class: text }: PublishedFunction): number {
  const digits = text.replace(/^0x/, '');
  return Number.parseInt(digits, 16) << (digits.length <= 4 ? 8 : 0);
}

function hasIds(wanted: string, vendor: string, device: string): boolean {
  const [, vendorId, deviceId] = IDS.exec(wanted) ?? [];
  return vendorId === vendor.replace(/^0x/, '') && (deviceId === '*' || deviceId === device.replace(/^0x/, ''));
}

function idsOf(value: string, word: string): string {
  const ids = value.toLowerCase();
  if (IDS.test(ids)) return ids;
  throw malformed(word, 'ids of vendor and device are four hexadecimal digits each: 10de:2236, or 10de:* for any device');
}

function classOf(value: string, word: string): ClassWord | string {
  const code = CLASS_CODE.exec(value.toLowerCase())?.[1] ?? parseClassWord(value);
  if (code !== undefined) return code;
  throw malformed(word, `"${value}" is no class: two, four or six hexadecimal digits (0302), or a word as 'hostdev list --class' has it (gpu, nic, nvme)`);
}

function numaNodeOf(value: string, word: string): number {
  if (/^\d{1,4}$/.test(value)) return Number(value);
  throw malformed(word, `"${value}" is no number of a NUMA node`);
}

function physicalFunctionOf(value: string, word: string): string {
  const address = parseSysfsName(value);
  if (address !== undefined) return formatPciAddress(address);
  const key = parseFunctionKey(value);
  if (key !== undefined && key.kind !== 'virtual') return value;
  throw malformed(word, `"${value}" is no physical function: its address (0000:3b:00.0), or its key (host/kvm1/0000:3b:00.0)`);
}

function fingerprintOf(facts: readonly string[]): string {
  const names = facts.map((fact) => fact.slice(0, fact.indexOf('=')));
  const twice = facts.find((_, at) => names.indexOf(names[at] ?? '') !== at);
  if (twice !== undefined) throw malformed(twice, 'a fact of a fingerprint is there twice');
  return facts.join(' ');
}

function withoutValue(word: string, name: string): HostdevError {
  return malformed(word, `"${name}" has no value`);
}

function malformed(word: string, why: string): HostdevError {
  return new HostdevError('mapping-malformed', `"${word.slice(0, 80)}" says no functions of a mapping: ${why}`, { subject: word.slice(0, 80), hint: HINT });
}
