/** What may be asked of a store: refused before anything is sent, and by all stores in the same words. */
import { HostdevError } from '../../errors.ts';
import {
  type Compare,
  KEY_LIMIT,
  type Operation,
  OPERATIONS_LIMIT,
  PAGE_LIMIT,
  type PageWish,
  type Transaction,
  TRANSACTION_LIMIT,
  VALUE_LIMIT,
} from './store.ts';

/** Printable ASCII without blanks, parts between slashes, none of them empty. */
const KEY = /^[!-.0-~]+(?:\/[!-.0-~]+)*$/;

/** Of a word that is no key no more is shown than tells which it was. */
const shown = (key: string): string => JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);

/** @throws HostdevError `fleet-key-malformed` or `fleet-too-large` */
function ensureKey(key: string): void {
  if (key.length > KEY_LIMIT) throw new HostdevError('fleet-too-large', `a key has ${key.length} characters: ${shown(key)}`, { hint: `${KEY_LIMIT} at most` });
  if (KEY.test(key)) return;
  throw new HostdevError('fleet-key-malformed', `${shown(key)} is no key`, {
    hint: 'printable ASCII without blanks, parts between slashes, none of them empty',
  });
}

/**
 * A prefix ends with a slash, or what is under host-0001 would be host-00011's too.
 *
 * @throws HostdevError `fleet-key-malformed` or `fleet-too-large`
 */
export function ensurePrefix(prefix: string): void {
  if (!prefix.endsWith('/')) throw new HostdevError('fleet-key-malformed', `${shown(prefix)} is no prefix of keys`, { hint: 'a prefix ends with a slash' });
  ensureKey(prefix.slice(0, -1));
}

/** @throws HostdevError for keys that are none, and for more of them than one transaction takes */
export function ensureKeys(keys: readonly string[]): void {
  ensureCount('keys to read', keys.length);
  keys.forEach(ensureKey);
}

/** @throws HostdevError for a wish that no page can fulfil */
export function ensurePageWish(prefix: string, { after, revision, limit = PAGE_LIMIT }: PageWish): void {
  ensurePrefix(prefix);
  if (after !== undefined) {
    ensureKey(after);
    if (!after.startsWith(prefix)) throw invalid(`a page is to begin after ${shown(after)}, which is not under ${shown(prefix)}`);
  }
  if (revision !== undefined) ensureRevision(revision);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_LIMIT) throw invalid(`a page is to have ${limit} entries`, `1 to ${PAGE_LIMIT}`);
}

/** @throws HostdevError for the time after which a key of somebody silent goes: whole seconds, a day at most */
export function ensureLease(key: string, value: Uint8Array, seconds: number): void {
  ensureKey(key);
  ensureValue(key, value);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) throw invalid(`${shown(key)} is to go after ${seconds} seconds`, '1 to 86400, whole ones');
}

/** @throws HostdevError for a revision that no store has had */
export function ensureRevision(revision: bigint): void {
  if (revision < 0n || revision > 0x7fff_ffff_ffff_ffffn) throw invalid(`${revision} is no revision`);
}

/** @throws HostdevError for a transaction that no store may be asked for */
export function ensureTransaction({ compares, operations }: Transaction): void {
  ensureCount('compares', compares.length);
  ensureCount('operations', operations.length);
  compares.forEach(ensureCompare);
  operations.forEach(ensureOperation);
  const seen = new Set<string>();
  for (const { key } of operations) {
    if (seen.has(key)) throw invalid(`${shown(key)} is in two operations of one transaction`);
    seen.add(key);
  }
  const bytes = operations.reduce((sum, each) => sum + (each.kind === 'put' ? each.value.length : 0), 0);
  if (bytes <= TRANSACTION_LIMIT) return;
  throw new HostdevError('fleet-too-large', `the values of one transaction have ${bytes} bytes`, { hint: `${TRANSACTION_LIMIT} at most` });
}

function ensureCompare(compare: Compare): void {
  if (compare.kind === 'none under') ensurePrefix(compare.prefix);
  else ensureKey(compare.key);
  if ('revision' in compare) ensureRevision(compare.revision);
}

function ensureOperation(operation: Operation): void {
  ensureKey(operation.key);
  if (operation.kind === 'put') ensureValue(operation.key, operation.value);
}

function ensureValue(key: string, value: Uint8Array): void {
  if (value.length <= VALUE_LIMIT) return;
  throw new HostdevError('fleet-too-large', `the value of ${shown(key)} has ${value.length} bytes`, { hint: `${VALUE_LIMIT} at most` });
}

function ensureCount(what: string, count: number): void {
  if (count <= OPERATIONS_LIMIT) return;
  throw new HostdevError('fleet-too-large', `one transaction has ${count} ${what}`, { hint: `${OPERATIONS_LIMIT} at most` });
}

function invalid(message: string, hint?: string): HostdevError {
  return new HostdevError('fleet-request-invalid', message, { hint });
}
