import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { What } from '../../lab/fleet/history/event.ts';
import { recordedStore } from '../../lab/fleet/history/recorded-store.ts';
import { openRecorder, readHistories } from '../../lab/fleet/history/recorder.ts';
import { claimKey, mappingKey, requestKey } from '../../src/fleet/model/keys.ts';
import type { Commit, FleetStore, Transaction } from '../../src/fleet/store/store.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'hostdev-history-'));
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('a history on disk', () => {
  it('has what all actors did in the order of their times, with numbers of any length', () => {
    const here = directory();
    const [anna, bert] = [openRecorder(here, 'anna'), openRecorder(here, 'bert')];
    anna.say({ kind: 'begins', role: 'claimer', hosts: [] });
    bert.say({ kind: 'attaching', host: 'h', function: 'f', guest: 'g', token: 2n ** 62n + 1n });
    anna.say({ kind: 'gave up', request: 'r' });
    const events = readHistories(here);
    expect(events.map(({ actor, kind }) => `${actor} ${kind}`)).toEqual(['anna begins', 'bert attaching', 'anna gave up']);
    expect(events[1]).toMatchObject({ token: 2n ** 62n + 1n });
    expect(events.every(({ at }, i) => i === 0 || at > (events[i - 1]?.at ?? 0n))).toBe(true);
  });

  it('of one who was killed in a line has no such line, also when it comes back', () => {
    const here = directory();
    openRecorder(here, 'anna').say({ kind: 'gave up', request: 'one' });
    appendFileSync(join(here, 'anna.jsonl'), '{"at":"3","actor":"an');
    expect(readHistories(here)).toHaveLength(1);
    openRecorder(here, 'anna').say({ kind: 'gave up', request: 'two' });
    expect(readHistories(here)).toMatchObject([{ request: 'one' }, { request: 'two' }]);
  });

  it('that somebody has damaged is no history', () => {
    const here = directory();
    writeFileSync(join(here, 'anna.jsonl'), '{"kind":"begins"}\n');
    expect(() => readHistories(here)).toThrow('no event');
  });
});

describe('a store that is written down', () => {
  const answers: Commit[] = [];
  const store = { commit: async () => answers.shift() } as unknown as FleetStore;
  const claim = bytes({ request: 'r', host: 'h', guest: 'g', state: 'claimed' });

  const said = async (transaction: Transaction, answer: Commit): Promise<What[]> => {
    const all: What[] = [];
    answers.push(answer);
    expect(await recordedStore(store, { say: (what) => void all.push(what), now: () => 0n }).commit(transaction)).toBe(answer);
    return all;
  };

  const claiming: Transaction = {
    compares: [
      { kind: 'absent', key: claimKey('f') },
      { kind: 'created', key: requestKey('r'), revision: 3n },
    ],
    operations: [{ kind: 'put', key: claimKey('f'), value: claim }],
  };

  it('tells which claims are written, with what was compared of them, and at which revision that was done', async () => {
    expect(await said(claiming, { outcome: 'done', revision: 7n })).toMatchObject([
      { kind: 'asked', call: 1, written: [{ function: 'f', request: 'r', state: 'claimed', guard: { on: 'absent' } }], removed: [] },
      { kind: 'answered', call: 1, outcome: 'done', revision: 7n },
    ]);
  });

  it('tells which ids of IBM Z a claim keeps, written or in the way', async () => {
    const value = bytes({ request: 'r', host: 'h', guest: 'g', state: 'claimed', zpci: { uid: '0x0001', fid: '0x00000000' } });
    const current = [{ key: claimKey('f'), value, created: 5n, modified: 6n }];
    const ids = ['uid 0x0001', 'fid 0x00000000'];
    const wish: Transaction = { ...claiming, operations: [{ kind: 'put', key: claimKey('f'), value }] };
    expect(await said(wish, { outcome: 'refused', revision: 7n, current })).toMatchObject([{ written: [{ ids }] }, { seen: [{ ids }] }]);
  });

  it('tells which claims were in the way', async () => {
    const current = [{ key: claimKey('f'), value: claim, created: 5n, modified: 6n }];
    expect((await said(claiming, { outcome: 'refused', revision: 7n, current }))[1]).toMatchObject({
      outcome: 'refused',
      seen: [{ function: 'f', request: 'r', token: 5n }],
    });
  });

  it('knows the same transaction again, and no other one', async () => {
    const digest = async (transaction: Transaction): Promise<unknown> => {
      const [asked] = await said(transaction, { outcome: 'unclear', why: 'no answer' });
      return asked?.kind === 'asked' ? asked.transaction : undefined;
    };
    expect(await digest(claiming)).toBe(await digest(structuredClone(claiming)));
    expect(await digest(claiming)).not.toBe(await digest({ ...claiming, compares: claiming.compares.slice(1) }));
  });

  it('tells of claims and requests that are taken away, and nothing of anything else', async () => {
    const { operations } = {
      operations: [
        { kind: 'delete', key: claimKey('f') },
        { kind: 'delete', key: requestKey('r') },
      ],
    } as const;
    const compares = [{ kind: 'modified', key: claimKey('f'), revision: 6n }] as const;
    expect((await said({ compares, operations }, { outcome: 'done', revision: 9n }))[0]).toMatchObject({
      removed: [{ function: 'f', guard: { on: 'modified', revision: 6n } }],
      requestsRemoved: ['r'],
    });
    expect(await said({ compares: [], operations: [{ kind: 'delete', key: mappingKey('m') }] }, { outcome: 'done', revision: 9n })).toEqual([]);
  });
});
