import { status } from '@grpc/grpc-js';
import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { HostdevError } from '../../errors.ts';
import type { WatchEvent } from '../store/store.ts';
import type { Member, Stream } from './member.ts';
import type { Members } from './members.ts';
import { StatusResponse } from './protocol/auth.ts';
import { type WatchRequest, WatchResponse } from './protocol/watch.ts';
import { watchPrefix } from './watch.ts';

type Said = Parameters<typeof WatchResponse.encode>[0];

/** What one connection says, until it is lost by the status that is named, or simply ends. */
interface Conversation {
  readonly says: readonly Said[];
  readonly fails?: { readonly code: number; readonly details: string };
  readonly stays?: boolean;
}

const event = (n: number, key = 'p/n'): NonNullable<Said['events']>[number] => ({
  kv: { key: Buffer.from(key), value: Buffer.from(`${n}`), createRevision: 1n, modRevision: BigInt(n) },
});
const events = (...numbers: readonly number[]): Said => ({ header: { revision: 99n }, events: numbers.map((n) => event(n)) });
const CREATED: Said = { header: { revision: 50n }, created: true };

/** Members of one after the other conversation; keeps from where each was begun. */
function talking(
  conversations: readonly Conversation[],
  version = '3.5.16',
): { readonly members: Members; readonly begun: bigint[]; readonly left: () => number } {
  const begun: bigint[] = [];
  let left = 0;
  const waiting = [...conversations];
  const stream = (): Stream<never, never> => {
    const { says, fails, stays = false } = waiting.shift() ?? { says: [], stays: true };
    const speaker = new Duplex({
      objectMode: true,
      read: () => undefined,
      write(request: Parameters<typeof WatchRequest.encode>[0], _encoding, done) {
        if (request.create !== undefined) {
          begun.push(request.create.startRevision ?? 0n);
          // As the wire would have them: what is not said has a zero.
          for (const each of says) speaker.push(WatchResponse.decode(WatchResponse.encode(each)));
          if (fails !== undefined) setImmediate(() => speaker.destroy(Object.assign(new Error(fails.details), fails)));
          else if (!stays) speaker.push(null);
        }
        done();
      },
    });
    return Object.assign(speaker, { cancel: () => void speaker.destroy() }) as unknown as Stream<never, never>;
  };
  const member = {
    endpoint: { url: 'https://etcd1:2379', host: 'etcd1', port: 2379, named: true },
    ask: async () => ({ kind: 'answered', response: StatusResponse.decode(StatusResponse.encode({ version })) }),
    stream,
  } as unknown as Member;
  const members = { reachable: async () => member, leave: () => (left += 1) } as unknown as Members;
  return { members, begun, left: () => left };
}

/** What is told, until so much was, or the watch ends. */
async function told(members: Members, count: number, from = 4n): Promise<string[]> {
  const stop = new AbortController();
  const found: string[] = [];
  for await (const each of watchPrefix(members, 'p/', from, stop.signal)) {
    found.push(wordsOf(each));
    if (found.length === count) stop.abort();
  }
  return found;
}

const wordsOf = (each: WatchEvent): string => (each.kind === 'put' ? `${each.revision}` : `${each.kind} ${each.revision}`);

describe('a watch of an etcd', () => {
  it('that is lost between "created" and what was missed goes on from where it was, not from what "created" says', async () => {
    const { members, begun } = talking([{ says: [CREATED] }, { says: [CREATED, events(5, 6)] }]);
    expect(await told(members, 2)).toEqual(['5', '6']);
    expect(begun).toEqual([5n, 5n]);
  });

  it('tells each change once over lost connections, whatever they ended with, and asks another member after each', async () => {
    const { members, begun, left } = talking([
      { says: [CREATED, events(5)] },
      { says: [CREATED, events(6, 7)], fails: { code: status.UNAVAILABLE, details: 'etcdserver: no leader' } },
      { says: [CREATED, { canceled: true, cancelReason: 'etcdserver: the member stops' }] },
      { says: [CREATED, events(8)] },
    ]);
    expect(await told(members, 4)).toEqual(['5', '6', '7', '8']);
    expect(begun).toEqual([5n, 6n, 8n, 8n]);
    expect(left()).toBe(3);
  });

  it('has a transaction of which a part came told whole by the next connection', async () => {
    const { members, begun } = talking([
      { says: [CREATED, { ...events(5, 6), fragment: true }] },
      { says: [CREATED, { ...events(6), fragment: true }, events(6, 7)] },
    ]);
    expect(await told(members, 4)).toEqual(['5', '6', '6', '7']);
    expect(begun).toEqual([5n, 6n]);
  });

  it('says how far it is when etcd does, and goes on from there', async () => {
    const { members, begun } = talking([{ says: [CREATED, { header: { revision: 30n } }] }, { says: [CREATED, events(31)] }]);
    expect(await told(members, 2)).toEqual(['progress 30', '31']);
    expect(begun).toEqual([5n, 31n]);
  });

  it.each([
    ['3.5.16', ['progress 30', '31'], [5n, 31n]],
    ['3.5.7', ['31'], [5n, 5n]],
    ['3.4.25', ['progress 30', '31'], [5n, 31n]],
    ['3.4.23', ['31'], [5n, 5n]],
  ])('of %s takes what it was asked for only where that comes after what is on its way', async (version, words, from) => {
    const { members, begun } = talking([{ says: [CREATED, { header: { revision: 30n }, watchId: -1n }] }, { says: [CREATED, events(31)] }], version);
    expect(await told(members, words.length)).toEqual(words);
    expect(begun).toEqual(from);
  });

  it('does not go back to what it told when etcd says less than before', async () => {
    const { members } = talking([{ says: [CREATED, events(9), { header: { revision: 8n } }, { header: { revision: 9n } }, events(10)] }]);
    expect(await told(members, 2)).toEqual(['9', '10']);
  });

  it('ends with the oldest revision that is kept where what it needs is not', async () => {
    const { members } = talking([{ says: [CREATED, { canceled: true, compactRevision: 40n, cancelReason: 'mvcc: required revision has been compacted' }] }]);
    expect(await told(members, 10)).toEqual(['compacted 40']);
  });

  it.each<[string, Conversation]>([
    ['in a message', { says: [{ created: true, canceled: true, cancelReason: 'etcdserver: permission denied' }] }],
    ['by the end of the connection', { says: [], fails: { code: status.PERMISSION_DENIED, details: 'etcdserver: permission denied' } }],
  ])('that is not allowed is refused, %s', async (_, conversation) => {
    const { members } = talking([conversation]);
    await expect(told(members, 1)).rejects.toThrow(HostdevError);
    await expect(told(talking([conversation]).members, 1)).rejects.toMatchObject({ code: 'fleet-denied' });
  });
});
