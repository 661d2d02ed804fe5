import { describe, expect, it } from 'vitest';
import { HostdevError } from '../../errors.ts';
import { memoryFleet, type LostAnswer } from '../../testing/fleet-store/memory-fleet.ts';
import { makeClear } from './make-clear.ts';
import type { Transaction } from './store.ts';

const value = (text: string): Uint8Array => new TextEncoder().encode(text);
const claim = (request: string): Transaction => ({
  compares: [{ kind: 'absent', key: 'claims/a' }],
  operations: [{ kind: 'put', key: 'claims/a', value: value(request) }],
});

describe('an answer that is unclear', () => {
  it.each<[readonly LostAnswer[], number]>([
    [[], 1],
    [['before'], 2],
    [['after'], 2],
    [['before', 'before', 'after'], 4],
    [['after', 'before', 'late', 'before'], 5],
  ])('%j is clear after %i tries', async (ways, tries) => {
    const fleet = memoryFleet();
    const store = fleet.open();
    fleet.loseAnswers(...ways);
    const pauses: number[] = [];
    const answer = await makeClear(store, claim('r1'), { key: 'claims/a', pause: async (tried) => void pauses.push(tried) });
    expect(answer).toEqual({ outcome: 'done', revision: 1n });
    expect(pauses).toEqual(Array.from({ length: tries - 1 }, (_, i) => i + 1));
    // What was still on its way finds that it has happened.
    expect(fleet.deliver().filter(({ outcome }) => outcome === 'done')).toEqual([]);
  });

  it('stays unclear after as many tries as it has, and the problem says what to do', async () => {
    const fleet = memoryFleet();
    fleet.loseAnswers(...Array.from({ length: 10 }, () => 'before' as const));
    const answer = await makeClear(fleet.open(), claim('r1'), { key: 'claims/a', tries: 3 });
    expect(answer).toMatchObject({ outcome: 'unclear', problem: { code: 'fleet-unclear', message: expect.stringContaining('nobody answered in time') } });
    expect((await fleet.open().get(['claims/a'])).entries).toEqual([]);
  });

  it.each(['fleet-unreachable', 'fleet-denied', 'interrupted'] as const)(
    'stays unclear where a later try is refused as %s: the first one may have happened',
    async (code) => {
      const fleet = memoryFleet();
      const store = fleet.open();
      fleet.loseAnswers('after');
      let tries = 0;
      const failing = {
        commit: async (transaction: Transaction) => {
          tries += 1;
          if (tries > 1) throw new HostdevError(code, 'no member of the etcd can be used');
          return store.commit(transaction);
        },
      };
      const answer = await makeClear(failing, claim('r1'), { key: 'claims/a', tries: 3 });
      expect(answer).toMatchObject({
        outcome: 'unclear',
        problem: { code: 'fleet-unclear', message: expect.stringContaining('no member of the etcd can be used') },
      });
      expect(tries).toBe(3);
      expect((await store.get(['claims/a'])).entries.length).toBe(1);
    },
  );

  it('is none where the first try is refused: that is told as it is, and a bug at any try too', async () => {
    const refused = new HostdevError('fleet-denied', 'not yours');
    await expect(makeClear({ commit: () => Promise.reject(refused) }, claim('r1'), { key: 'claims/a' })).rejects.toBe(refused);
    let tries = 0;
    const bug = new TypeError('a bug');
    const failing = { commit: async () => ((tries += 1) === 1 ? ({ outcome: 'unclear', why: 'lost' } as const) : Promise.reject(bug)) };
    await expect(makeClear(failing, claim('r1'), { key: 'claims/a' })).rejects.toBe(bug);
  });

  it('is not asked for again when nobody wants it any more', async () => {
    const fleet = memoryFleet();
    const stop = new AbortController();
    fleet.loseAnswers('before', 'before');
    const answer = await makeClear(fleet.open(), claim('r1'), { key: 'claims/a', pause: async () => stop.abort() }, stop.signal);
    expect(answer.outcome).toBe('unclear');
  });

  it('of a claim that its host has taken further since is done, where the request is read out of it', async () => {
    const fleet = memoryFleet();
    const store = fleet.open();
    const host = fleet.open();
    fleet.loseAnswers('after');
    const proof = {
      key: 'claims/a',
      isOurs: (entry: { readonly value: Uint8Array }) => new TextDecoder().decode(entry.value).startsWith('r1'),
      pause: async () => {
        await host.commit({ compares: [], operations: [{ kind: 'put', key: 'claims/a', value: value('r1 attached') }] });
      },
    };
    expect(await makeClear(store, claim('r1'), proof)).toEqual({ outcome: 'done', revision: 1n });
  });

  it('that is refused may come late after a try that was never answered, and not otherwise', async () => {
    const fleet = memoryFleet();
    const store = fleet.open();
    await store.commit(claim('r2'));
    expect(await makeClear(store, claim('r1'), { key: 'claims/a' })).toMatchObject({ outcome: 'refused', mayComeLate: false });
    fleet.loseAnswers('late');
    expect(await makeClear(store, claim('r1'), { key: 'claims/a' })).toMatchObject({ outcome: 'refused', mayComeLate: true });
  });

  it('of one revision to the next is proven by the bytes of the next', async () => {
    const fleet = memoryFleet();
    const store = fleet.open();
    await store.commit(claim('r1'));
    fleet.loseAnswers('after');
    const transition: Transaction = {
      compares: [{ kind: 'modified', key: 'claims/a', revision: 1n }],
      operations: [{ kind: 'put', key: 'claims/a', value: value('r1 attaching') }],
    };
    expect(await makeClear(store, transition, { key: 'claims/a' })).toEqual({ outcome: 'done', revision: 2n });
  });
});

describe('a transaction that could happen twice is not tried', () => {
  const written = claim('r1').operations;
  it.each<[string, Transaction]>([
    ['does not compare its proof', { compares: [{ kind: 'absent', key: 'claims/b' }], operations: written }],
    ['compares it by its token, which still holds afterwards', { compares: [{ kind: 'created', key: 'claims/a', revision: 1n }], operations: written }],
    ['does not write it', { compares: claim('r1').compares, operations: [] }],
    ['removes it', { compares: claim('r1').compares, operations: [{ kind: 'delete', key: 'claims/a' }] }],
  ])('when it %s', async (_, transaction) => {
    const store = memoryFleet().open();
    await expect(makeClear(store, transaction, { key: 'claims/a' })).rejects.toMatchObject({ code: 'fleet-request-invalid' });
  });
});
