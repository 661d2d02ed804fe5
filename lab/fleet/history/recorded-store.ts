/** A store that writes down each transaction of its actor, before it is asked for and when it is answered. It stands beneath whatever makes unclear answers clear. */
import { createHash } from 'node:crypto';
import { claimsPrefix, requestsPrefix } from '../../../src/fleet/model/keys.ts';
import type { Claim } from '../../../src/fleet/model/records.ts';
import type { Compare, Entry, FleetStore, Operation, Page, Transaction } from '../../../src/fleet/store/store.ts';
import type { Asked, Guard, Seen } from './event.ts';
import type { Recorder } from './recorder.ts';

export function recordedStore(store: FleetStore, { say, now }: Pick<Recorder, 'say' | 'now'>): FleetStore {
  let calls = 0;
  const known = new Map<string, string>();
  const look = (from: bigint, { entries, revision }: Pick<Page, 'entries' | 'revision'>): void => {
    const seen = seenClaims(entries).filter((claim) => {
      const latest = `${claim.request} ${claim.token}`;
      const isNew = known.get(claim.function) !== latest;
      known.set(claim.function, latest);
      return isNew;
    });
    if (seen.length > 0) say({ kind: 'saw', from, revision, seen });
  };
  return {
    ...store,
    get: async (keys, signal) => {
      const from = now();
      const answer = await store.get(keys, signal);
      look(from, answer);
      return answer;
    },
    list: async (prefix, wish, signal) => {
      const from = now();
      const page = await store.list(prefix, wish, signal);
      // Of a later page it is not known when it was so.
      if (wish?.revision === undefined) look(from, page);
      return page;
    },
    commit: async (transaction, signal) => {
      const asked = askedOf(transaction);
      if (asked === undefined) return store.commit(transaction, signal);
      const call = (calls += 1);
      say({ kind: 'asked', call, ...asked });
      const commit = await store.commit(transaction, signal);
      const seen = commit.outcome === 'refused' ? seenClaims(commit.current) : [];
      say({ kind: 'answered', call, outcome: commit.outcome, revision: commit.outcome === 'unclear' ? 0n : commit.revision, seen });
      return commit;
    },
  };
}

/** What of a transaction concerns claims and requests; nothing where none of it does. */
function askedOf(transaction: Transaction): Omit<Asked, 'kind' | 'call'> | undefined {
  const { compares, operations } = transaction;
  const claims = operations.filter(({ key }) => key.startsWith(claimsPrefix));
  const requests = operations.filter(({ key }) => key.startsWith(requestsPrefix));
  if (claims.length + requests.length === 0) return undefined;
  const named = (kind: Operation['kind']): string[] => requests.filter((each) => each.kind === kind).map(({ key }) => key.slice(requestsPrefix.length));
  return {
    transaction: digestOf(transaction),
    written: claims.flatMap((each) => {
      if (each.kind !== 'put') return [];
      const { request, host, guest, state, ...more } = decodeClaim(each.value);
      return [{ function: each.key.slice(claimsPrefix.length), request, host, guest, state, guard: guardOf(compares, each.key), ...idsOf(more) }];
    }),
    removed: claims.flatMap((each) => (each.kind === 'delete' ? [{ function: each.key.slice(claimsPrefix.length), guard: guardOf(compares, each.key) }] : [])),
    requestsMade: named('put'),
    requestsRemoved: named('delete'),
  };
}

function guardOf(compares: readonly Compare[], key: string): Guard {
  const compare = compares.find((each) => each.kind !== 'none under' && each.key === key);
  if (compare === undefined || compare.kind === 'none under') return { on: 'nothing', revision: 0n };
  return compare.kind === 'absent' ? { on: 'absent', revision: 0n } : { on: compare.kind, revision: compare.revision };
}

/** The claims among entries. */
export function seenClaims(entries: readonly Entry[]): Seen[] {
  return entries.flatMap(({ key, value, created }) => {
    if (!key.startsWith(claimsPrefix)) return [];
    const { request, host, state, ...more } = decodeClaim(value);
    return [{ function: key.slice(claimsPrefix.length), request, token: created, host, state, ...idsOf(more) }];
  });
}

function idsOf({ zpci }: Pick<Claim, 'zpci'>): Pick<Seen, 'ids'> {
  return zpci === undefined ? {} : { ids: [`uid ${zpci.uid}`, `fid ${zpci.fid}`] };
}

function decodeClaim(value: Uint8Array): Claim {
  return JSON.parse(new TextDecoder().decode(value)) as Claim;
}

function digestOf(transaction: Transaction): string {
  const text = JSON.stringify(transaction, (_, value: unknown) => {
    if (typeof value === 'bigint') return value.toString();
    return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
  });
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
