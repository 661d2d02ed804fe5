import { describe, expect, it } from 'vitest';
import { HostdevError } from '../../errors.ts';
import { type FleetStore, type Transaction } from '../store/store.ts';
import { storeOf } from './etcd-store.ts';
import type { Answer } from './member.ts';
import type { Members } from './members.ts';
import { type KeyValue, RangeResponse, TxnRequest, TxnResponse } from './protocol/key-value.ts';

const TOO_LARGE = new HostdevError('fleet-too-large', 'Received message larger than max');
const entry = (key: string): Parameters<typeof KeyValue.encode>[0] => ({ key: Buffer.from(key), value: Buffer.from('v'), createRevision: 3n, modRevision: 4n });

/** An etcd that answers for so many entries at most, and keeps what it was asked for. */
function answering(entries: number): { readonly store: FleetStore; readonly limits: bigint[] } {
  const limits: bigint[] = [];
  const members = {
    askUntilAnswered: async (_method: unknown, { limit }: { readonly limit: bigint }) => {
      limits.push(limit);
      if (limit > BigInt(entries)) throw TOO_LARGE;
      return RangeResponse.decode(
        RangeResponse.encode({ header: { revision: 9n }, more: true, kvs: Array.from({ length: Number(limit) }, (_, i) => entry(`p/${i}`)) }),
      );
    },
  } as unknown as Members;
  return { store: storeOf(members), limits };
}

describe('a page of an etcd', () => {
  it.each([
    [500, undefined, [500n], 'p/499'],
    [130, undefined, [500n, 250n, 125n], 'p/124'],
    [1, 7, [7n, 4n, 2n, 1n], 'p/0'],
  ])('of whose entries %i fit into an answer is asked for in halves, until it fits', async (fitting, limit, asked, next) => {
    const { store, limits } = answering(fitting);
    const page = await store.list('p/', limit === undefined ? {} : { limit });
    expect([limits, page.next, page.revision]).toEqual([asked, next, 9n]);
  });

  it('of which not one entry fits is refused', async () => {
    await expect(answering(0).store.list('p/', { limit: 3 })).rejects.toBe(TOO_LARGE);
  });
});

describe('a transaction in an etcd', () => {
  const transaction: Transaction = {
    compares: [
      { kind: 'absent', key: 'a' },
      { kind: 'created', key: 'b', revision: 5n },
      { kind: 'modified', key: 'b', revision: 6n },
      { kind: 'none under', prefix: 'c/' },
    ],
    operations: [
      { kind: 'put', key: 'a', value: Buffer.from('v') },
      { kind: 'delete', key: 'b' },
    ],
  };

  function sending(answer: Answer<Parameters<typeof TxnResponse.encode>[0]>): { readonly store: FleetStore; readonly sent: string[] } {
    const sent: string[] = [];
    const members = {
      sendOnce: async (_method: unknown, request: Parameters<typeof TxnRequest.encode>[0]) => {
        sent.push(Buffer.from(TxnRequest.encode(request)).toString('latin1'));
        return answer.kind === 'answered' ? { kind: 'answered', response: TxnResponse.decode(TxnResponse.encode(answer.response)) } : answer;
      },
    } as unknown as Members;
    return { store: storeOf(members), sent };
  }

  it.each<[string, Answer<Parameters<typeof TxnResponse.encode>[0]>, unknown]>([
    ['is done at its revision', { kind: 'answered', response: { header: { revision: 8n }, succeeded: true } }, { outcome: 'done', revision: 8n }],
    ['is unclear where nobody answers', { kind: 'transient', why: 'https://m0: lost' }, { outcome: 'unclear', why: 'https://m0: lost' }],
    [
      'is refused with what is there, each key once',
      {
        kind: 'answered',
        response: { header: { revision: 8n }, responses: [{ range: { kvs: [entry('b')] } }, { range: { kvs: [] } }, { range: { kvs: [entry('b')] } }] },
      },
      { outcome: 'refused', revision: 8n, current: [{ key: 'b', value: new Uint8Array([118]), created: 3n, modified: 4n }] },
    ],
  ])('%s, and is sent once', async (_, answer, outcome) => {
    const { store, sent } = sending(answer);
    expect(await store.commit(transaction)).toEqual(outcome);
    expect(sent.length).toBe(1);
  });

  it('that etcd refuses throws why', async () => {
    const error = new HostdevError('fleet-full', 'full');
    await expect(sending({ kind: 'refused', error }).store.commit(transaction)).rejects.toBe(error);
  });

  it('that no store may be asked for is not sent', async () => {
    const { store, sent } = sending({ kind: 'answered', response: { succeeded: true } });
    await expect(store.commit({ compares: [], operations: [{ kind: 'delete', key: 'no key' }] })).rejects.toMatchObject({ code: 'fleet-key-malformed' });
    expect(sent).toEqual([]);
  });
});
