/** The store of a fleet in an etcd. */
import { HostdevError } from '../../errors.ts';
import { ensureKeys, ensureLease, ensurePageWish, ensurePrefix, ensureRevision, ensureTransaction } from '../store/request.ts';
import { type Commit, type Entry, type FleetStore, type Page, PAGE_LIMIT, type PageWish, type Transaction } from '../store/store.ts';
import { keepAlive } from './alive.ts';
import { type CertificateFiles, readIdentity } from './certificate.ts';
import { endpointOf } from './endpoint.ts';
import { memberAt } from './member.ts';
import { type Members, membersOf } from './members.ts';
import { RANGE, TXN } from './protocol/methods.ts';
import { endOfPrefix, entryOf, keyBytes, txnOf } from './transaction.ts';
import { explainUnreachable } from './unreachable.ts';
import { watchPrefix } from './watch.ts';

export interface EtcdPlace {
  /** `https://etcd1.example.org:2379`, of each member that may be asked. */
  readonly endpoints: readonly string[];
  readonly certificates: CertificateFiles;
}

/** Members of whom nothing has been asked yet. */
export async function connectEtcd(place: EtcdPlace): Promise<Members> {
  const endpoints = place.endpoints.map(endpointOf);
  const identity = await readIdentity(place.certificates);
  return membersOf(
    endpoints.map((endpoint) => memberAt(endpoint, identity)),
    () => explainUnreachable(endpoints, identity),
  );
}

/**
 * Opens an etcd as a store; nothing is sent before something is asked of it.
 *
 * @throws HostdevError `fleet-certificate`, or that a file cannot be read
 */
export async function openEtcdStore(place: EtcdPlace): Promise<FleetStore> {
  return storeOf(await connectEtcd(place));
}

/** The same over members that are there. */
export function storeOf(members: Members): FleetStore {
  const closing = new AbortController();
  return {
    get: (keys, signal) => read(members, keys, signal),
    list: (prefix, wish = {}, signal) => list(members, prefix, wish, signal),
    commit: (transaction, signal) => commit(members, transaction, signal),
    watch(prefix, from, signal) {
      ensurePrefix(prefix);
      ensureRevision(from);
      return watchPrefix(members, prefix, from, AbortSignal.any([signal, closing.signal]));
    },
    async alive(key, value, seconds) {
      ensureLease(key, value, seconds);
      return keepAlive(members, { key, value, seconds }, closing.signal);
    },
    async close() {
      closing.abort();
      members.close();
    },
  };
}

async function read(
  members: Members,
  keys: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly entries: readonly Entry[]; readonly revision: bigint }> {
  ensureKeys(keys);
  const { header, responses } = await members.askUntilAnswered(TXN, { success: keys.map((key) => ({ range: { key: keyBytes(key) } })) }, signal);
  return { entries: responses.flatMap(({ range }) => range?.kvs.map(entryOf) ?? []), revision: header?.revision ?? 0n };
}

async function list(members: Members, prefix: string, wish: PageWish, signal?: AbortSignal): Promise<Page> {
  ensurePageWish(prefix, wish);
  // The key after another one is that with a byte of zero behind it.
  const key = keyBytes(wish.after === undefined ? prefix : `${wish.after}\0`);
  for (let limit = wish.limit ?? PAGE_LIMIT; ; limit = Math.ceil(limit / 2)) {
    try {
      const request = { key, rangeEnd: endOfPrefix(prefix), limit: BigInt(limit), revision: wish.revision ?? 0n };
      const { header, kvs, more } = await members.askUntilAnswered(RANGE, request, signal);
      const entries = kvs.map(entryOf);
      const last = entries.at(-1);
      return { entries, revision: wish.revision ?? header?.revision ?? 0n, ...(more && last !== undefined && { next: last.key }) };
    } catch (error) {
      // As many long values as a page has entries are more than an answer may have.
      if (!(error instanceof HostdevError) || error.code !== 'fleet-too-large' || limit === 1) throw error;
    }
  }
}

async function commit(members: Members, transaction: Transaction, signal?: AbortSignal): Promise<Commit> {
  ensureTransaction(transaction);
  const answer = await members.sendOnce(TXN, txnOf(transaction), signal);
  if (answer.kind === 'refused') throw answer.error;
  if (answer.kind === 'transient') return { outcome: 'unclear', why: answer.why };
  const { header, succeeded, responses } = answer.response;
  const revision = header?.revision ?? 0n;
  if (succeeded) return { outcome: 'done', revision };
  const current = new Map(responses.flatMap(({ range }) => range?.kvs ?? []).map((kv) => [kv.key.join(), entryOf(kv)]));
  return { outcome: 'refused', revision, current: [...current.values()] };
}
