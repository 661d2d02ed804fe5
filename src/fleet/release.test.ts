import { describe, expect, it, vi } from 'vitest';
import { fleetInMemory, type TestFleet } from '../../test/fleet/fleet-in-memory.ts';
import { hostRecord, mappingOf, publishedOf } from '../../test/fleet/fleet-records.ts';
import { claimFunctions } from './claim.ts';
import { listClaims } from './claims.ts';
import { type Forgetting, forgetHost } from './forget.ts';
import { listMappings, removeMapping, setMapping, showMapping } from './mappings.ts';
import { checkFleet } from './model/fleet-check.ts';
import { aliveKey, hostsPrefix, mappingsPrefix, requestsPrefix, zpciKey, zpciPrefix } from './model/keys.ts';
import { parseFunctionWord } from './model/function-word.ts';
import type { ClaimState } from './model/records.ts';
import { readWholeFleet } from './read-fleet.ts';
import { releaseClaims, type ReleaseTarget } from './release.ts';
import { openRequest } from './request.ts';

const [A, B] = [publishedOf(0), publishedOf(1)];
const wish = (key: string, guest = 'web') => ({ target: { kind: 'key' as const, key }, what: key, guest, count: 1, wholeGroup: false, until: null });

async function oneHost(...claimed: readonly string[]): Promise<TestFleet> {
  const fleet = await fleetInMemory(hostRecord([A, B]));
  for (const key of claimed) await claimFunctions(fleet.access(), wish(key));
  return fleet;
}

/** A claim whose process has died behind sending it, so that nothing is given up; it arrives when the fleet's memory delivers it. */
async function claimOnItsWay(fleet: TestFleet): Promise<void> {
  const access = fleet.access();
  let isSent = false;
  const commit: typeof access.store.commit = async (transaction) => {
    if (transaction.operations.length === 1) return access.store.commit(transaction);
    fleet.memory.loseAnswers('late');
    await access.store.commit(transaction);
    isSent = true;
    return new Promise(() => undefined);
  };
  void claimFunctions({ ...access, store: { ...access.store, commit } }, wish(A.key));
  await vi.waitUntil(() => isSent);
}

describe('releasing', () => {
  it.each<[string, ReleaseTarget]>([
    ['a function’s key', { kind: 'key', key: A.key }],
    ['its address there', parseFunctionWord('kvm1/3b:00.0')],
    ['its request', { kind: 'request', request: 'request-1' }],
  ])('by %s frees it for others', async (_, target) => {
    const fleet = await oneHost(A.key);
    const { claims, request } = await releaseClaims(fleet.store, { target, dryRun: false });
    expect([claims.map(({ record }) => record.function), request]).toEqual([[A.key], null]);
    expect((await claimFunctions(fleet.access('bob'), wish(A.key, 'db'))).claims[0]?.created).toBeGreaterThan(claims[0]?.created ?? 0n);
  });

  it('that is only shown changes nothing', async () => {
    const fleet = await oneHost(A.key);
    expect((await releaseClaims(fleet.store, { target: { kind: 'key', key: A.key }, dryRun: true })).claims).toHaveLength(1);
    expect(await fleet.claims()).toHaveLength(1);
  });

  it.each<[ClaimState[], string]>([
    [['attaching'], 'detach it first, on kvm1: hostdev detach web 0000:3b:00.0'],
    [['attaching', 'attached'], 'detach it first, on kvm1: hostdev detach web 0000:3b:00.0'],
    [['attaching', 'stuck'], "'hostdev recover' on kvm1"],
  ])('of what is %j is refused with what to do', async (steps, hint) => {
    const fleet = await oneHost(A.key);
    for (const state of steps) await fleet.step(A.key, state);
    await expect(releaseClaims(fleet.store, { target: { kind: 'key', key: A.key }, dryRun: true })).rejects.toMatchObject({ code: 'claim-state' });
    await expect(releaseClaims(fleet.store, { target: { kind: 'key', key: A.key }, dryRun: false })).rejects.toMatchObject({
      code: 'claim-state',
      hint: expect.stringContaining(hint) as unknown,
    });
    expect(await fleet.claims()).toHaveLength(1);
  });

  it('of what is lost frees it', async () => {
    const fleet = await oneHost(A.key);
    await fleet.step(A.key, 'lost');
    await releaseClaims(fleet.store, { target: { kind: 'key', key: A.key }, dryRun: false });
    expect(await fleet.claims()).toEqual([]);
  });

  it.each<ReleaseTarget>([{ kind: 'key', key: A.key }, parseFunctionWord('kvm1/3b:00.0'), { kind: 'request', request: 'request-9' }])(
    'of what nobody has claimed (%j) says so',
    async (target) => {
      await expect(releaseClaims((await oneHost()).store, { target, dryRun: false })).rejects.toMatchObject({ code: 'claim-absent' });
    },
  );

  it('of a request that was left open gives it up', async () => {
    const fleet = await oneHost();
    await openRequest(fleet.access(), { what: 'gpu-a10', guest: 'web' });
    const released = await releaseClaims(fleet.store, { target: { kind: 'request', request: 'request-1' }, dryRun: false });
    expect([released, await fleet.keys(requestsPrefix)]).toEqual([{ claims: [], request: 'request-1', id: null }, []]);
  });

  describe('what is of IBM Z', () => {
    const Z = publishedOf(0, { key: 'cpc/8561-1/00000000', uid: '0x0021', fid: '0x00000000' });
    const uid = zpciKey('uid', '0x0021');
    const ofZ = async (): Promise<TestFleet> => {
      const fleet = await fleetInMemory(hostRecord([Z]));
      await claimFunctions(fleet.access(), wish(Z.key));
      return fleet;
    };

    it('frees its ids with it, and the next claim gets them', async () => {
      const fleet = await ofZ();
      expect(await fleet.keys(zpciPrefix)).toEqual([zpciKey('fid', '0x00000000'), uid]);
      await releaseClaims(fleet.store, { target: { kind: 'key', key: Z.key }, dryRun: false });
      expect(await fleet.keys(zpciPrefix)).toEqual([]);
      const { claims } = await claimFunctions(fleet.access(), wish(Z.key));
      expect(claims.map(({ record }) => record.zpci)).toEqual([{ uid: '0x0021', fid: '0x00000000' }]);
    });

    it('frees no id by itself while its claim is there', async () => {
      const fleet = await ofZ();
      await expect(releaseClaims(fleet.store, { target: { kind: 'id', key: uid }, dryRun: false })).rejects.toMatchObject({
        code: 'claim-state',
        hint: expect.stringContaining(`hostdev fleet release ${Z.key}`) as unknown,
      });
      expect(await fleet.keys(zpciPrefix)).toHaveLength(2);
    });

    it.each([false, true])(
      'by an older hostdev leaves its ids, which a check finds and which are freed one by one; claimed again: %s',
      async (isClaimedAgain) => {
        const fleet = await ofZ();
        const [claim] = await fleet.claims();
        await fleet.store.commit({ compares: [], operations: [{ kind: 'delete', key: claim?.key ?? '' }] });
        if (isClaimedAgain) {
          const { claims } = await claimFunctions(fleet.access('bob'), wish(Z.key, 'db'));
          expect(claims.map(({ record }) => record.zpci)).toEqual([{ uid: '0x0001', fid: '0x00000001' }]);
        }
        const found = async () => checkFleet(await readWholeFleet(fleet.store)).filter(({ code }) => code.startsWith('zpci'));
        expect((await found()).map(({ code, severity, hint }) => [code, severity, hint])).toEqual(
          ['fid/0x00000000', 'uid/0x0021'].map((id) => ['zpci-orphaned', 'error', `hostdev fleet release zpci/${id}`]),
        );
        for (const dryRun of [true, false]) {
          expect(await releaseClaims(fleet.store, { target: { kind: 'id', key: uid }, dryRun })).toEqual({ claims: [], request: null, id: uid });
        }
        expect(await found()).toMatchObject([{ message: expect.stringContaining('fid 0x00000000 is kept for a claim') as unknown }]);
        await expect(releaseClaims(fleet.store, { target: { kind: 'id', key: uid }, dryRun: false })).rejects.toMatchObject({ code: 'claim-absent' });
        expect(await fleet.claims()).toHaveLength(isClaimedAgain ? 1 : 0);
      },
    );
  });

  it.each([
    ['behind its first look', 'look'],
    ['while nobody answers its giving up', 'commit'],
  ] as const)('of a request whose claim arrives %s frees that claim', async (_, when) => {
    const fleet = await oneHost();
    await claimOnItsWay(fleet);
    let isFirst = true;
    const arrive = (): void => {
      if (isFirst) fleet.memory.deliver();
      isFirst = false;
    };
    const store: typeof fleet.store = {
      ...fleet.store,
      get: async (keys) => fleet.store.get(keys).finally(when === 'look' ? arrive : undefined),
      list: async (prefix, page) => fleet.store.list(prefix, page).finally(when === 'look' ? arrive : undefined),
      commit: async (transaction) => {
        if (when === 'look' || !isFirst) return fleet.store.commit(transaction);
        arrive();
        return { outcome: 'unclear', why: 'nobody answered in time' };
      },
    };
    const { claims, request } = await releaseClaims(store, { target: { kind: 'request', request: 'request-1' }, dryRun: false });
    expect([claims.map(({ record }) => record.function), request, await fleet.claims()]).toEqual([[A.key], null, []]);
  });

  it('of a request whose claim arrives meanwhile, and which its host has begun with, is refused: it may still be attached', async () => {
    const fleet = await oneHost();
    await claimOnItsWay(fleet);
    let isFirst = true;
    const store: typeof fleet.store = {
      ...fleet.store,
      commit: async (transaction) => {
        if (!isFirst) return fleet.store.commit(transaction);
        isFirst = false;
        fleet.memory.deliver();
        await fleet.step(A.key, 'attaching');
        return { outcome: 'unclear', why: 'nobody answered in time' };
      },
    };
    await expect(releaseClaims(store, { target: { kind: 'request', request: 'request-1' }, dryRun: false })).rejects.toMatchObject({
      code: 'claim-state',
      message: expect.stringContaining('(attaching)') as unknown,
    });
  });

  it('of a request that is open, where nobody answers the first time, gives it up', async () => {
    const fleet = await oneHost();
    for (const way of ['before', 'after'] as const) {
      const { record } = await openRequest(fleet.access(), { what: 'gpu-a10', guest: 'web' });
      fleet.memory.loseAnswers(way);
      const released = await releaseClaims(fleet.store, { target: { kind: 'request', request: record.request }, dryRun: false });
      expect([released, await fleet.keys(requestsPrefix)]).toEqual([{ claims: [], request: record.request, id: null }, []]);
    }
  });

  it('is clear where answers were lost, and takes nothing of a claim that came after', async () => {
    const fleet = await oneHost(A.key);
    fleet.memory.loseAnswers('after', 'late');
    await releaseClaims(fleet.store, { target: { kind: 'key', key: A.key }, dryRun: false });
    await claimFunctions(fleet.access('bob'), wish(A.key, 'db'));
    expect(fleet.memory.deliver().map(({ outcome }) => outcome)).toEqual(['refused']);
    expect((await fleet.claims())[0]?.record.guest).toBe('db');
  });

  it('that nobody answers says that it is not known', async () => {
    const fleet = await oneHost(A.key);
    fleet.memory.loseAnswers('before', 'before', 'before', 'before', 'before');
    await expect(releaseClaims(fleet.store, { target: { kind: 'key', key: A.key }, dryRun: false })).rejects.toMatchObject({ code: 'fleet-unclear' });
  });

  it('while its host begins with it is refused, and says what it is now', async () => {
    const fleet = await oneHost(A.key);
    const store: typeof fleet.store = {
      ...fleet.store,
      commit: async (transaction) => {
        await fleet.step(A.key, 'attaching');
        return fleet.store.commit(transaction);
      },
    };
    await expect(releaseClaims(store, { target: { kind: 'key', key: A.key }, dryRun: false })).rejects.toMatchObject({
      code: 'claim-changed',
      message: expect.stringContaining('now it is of guest web on kvm1 (attaching)') as unknown,
    });
  });
});

describe('claims', () => {
  it('are shown that have all that is asked for', async () => {
    const fleet = await oneHost(A.key);
    await claimFunctions(fleet.access(), wish(B.key, 'db'));
    await fleet.step(B.key, 'attaching');
    const shown = async (filter: Parameters<typeof listClaims>[1]): Promise<string[]> =>
      (await listClaims(fleet.store, filter)).claims.map(({ record }) => record.guest);
    expect(await shown({})).toEqual(['web', 'db']);
    expect(await shown({ guest: 'db' })).toEqual(['db']);
    await expect(shown({ host: 'kvm2' })).rejects.toMatchObject({ code: 'fleet-host-unknown' });
    expect(await shown({ host: 'kvm1', states: ['claimed', 'lost'] })).toEqual(['web']);
  });
});

describe('forgetting a host', () => {
  const how = (otherwise: Partial<Forgetting> = {}): Forgetting => ({ host: 'kvm1', fenced: true, dryRun: false, confirm: async () => true, ...otherwise });

  it('frees what its guests have, and functions of its IBM Z machine, and nothing of another host', async () => {
    const shared = publishedOf(2, { key: 'cpc/8561-0123456/00000010' });
    const ofOther = publishedOf(0, {}, 'kvm2');
    const fleet = await fleetInMemory(hostRecord([A, shared]), hostRecord([ofOther, shared], { host: 'kvm2' }));
    for (const key of [A.key, shared.key, ofOther.key]) await claimFunctions(fleet.access(), { ...wish(key), ...(key === shared.key ? { host: 'kvm1' } : {}) });
    await fleet.step(A.key, 'attaching');
    await fleet.step(A.key, 'attached');
    const asked: string[] = [];
    const { claims, wasKnown } = await forgetHost(
      fleet.store,
      how({ confirm: async (all) => (asked.push(...all.map(({ record }) => record.function)), true) }),
    );
    expect([asked, claims.length, wasKnown]).toEqual([[shared.key, A.key], 2, true]);
    expect((await fleet.claims()).map(({ record }) => record.host)).toEqual(['kvm2']);
    expect(await fleet.keys(hostsPrefix)).toEqual([`${hostsPrefix}kvm2/inventory`]);
  });

  it.each<[string, Partial<Forgetting>, string]>([
    ['is not done without --fenced', { fenced: false }, 'change-unconfirmed'],
    ['is not done where nobody confirms', { confirm: async () => false }, 'change-unconfirmed'],
    ['of a name that is none is refused', { host: 'kvm9' }, 'fleet-host-unknown'],
  ])('%s', async (_, otherwise, code) => {
    const fleet = await oneHost(A.key);
    await expect(forgetHost(fleet.store, how(otherwise))).rejects.toMatchObject({ code });
    expect([(await fleet.claims()).length, (await fleet.keys(hostsPrefix)).length]).toEqual([1, 1]);
  });

  it('that is only shown changes nothing', async () => {
    const fleet = await oneHost(A.key);
    expect((await forgetHost(fleet.store, how({ dryRun: true, fenced: false }))).claims).toHaveLength(1);
    expect(await fleet.claims()).toHaveLength(1);
  });

  it('that gives signs of life is refused, also where it comes back while somebody confirms', async () => {
    const fleet = await oneHost(A.key);
    const comeBack = async (): Promise<boolean> => {
      await fleet.memory.open().alive(aliveKey('kvm1'), new Uint8Array(), 30);
      return true;
    };
    await expect(forgetHost(fleet.store, how({ confirm: comeBack }))).rejects.toMatchObject({ code: 'fleet-host-alive' });
    await expect(forgetHost(fleet.store, how())).rejects.toMatchObject({ code: 'fleet-host-alive' });
    expect(await fleet.claims()).toHaveLength(1);
  });

  it('frees also what somebody claims there while it is asked whether the host is off', async () => {
    const fleet = await oneHost(A.key);
    const confirm = async (): Promise<boolean> => (await claimFunctions(fleet.access('bob'), wish(B.key, 'db'))).claims.length === 1;
    expect((await forgetHost(fleet.store, how({ confirm }))).claims.map(({ record }) => record.guest)).toEqual(['web', 'db']);
    expect([await fleet.claims(), await fleet.keys(hostsPrefix)]).toEqual([[], []]);
  });

  it('of more claims than a transaction takes frees all of them', async () => {
    const many = Array.from({ length: 160 }, (_, at) =>
      publishedOf(at % 32, { key: `host/kvm1/0000:${(0x40 + Math.floor(at / 32)).toString(16)}:${(at % 32).toString(16).padStart(2, '0')}.0` }),
    );
    const fleet = await fleetInMemory(hostRecord(many));
    await fleet.setMapping(mappingOf([{ ids: '10de:*' }]).record);
    for (let at = 0; at < 4; at += 1) await claimFunctions(fleet.access(), { ...wish('gpu-a10'), target: { kind: 'mapping', name: 'gpu-a10' }, count: 35 });
    expect((await forgetHost(fleet.store, how())).claims).toHaveLength(140);
    expect([await fleet.claims(), await fleet.keys(hostsPrefix)]).toEqual([[], []]);
  });

  it('is refused while a claim cannot be read: it may be of that host', async () => {
    const fleet = await oneHost(A.key);
    await fleet.store.commit({ compares: [], operations: [{ kind: 'put', key: 'hostdev/v1/claims/host/kvm1/x', value: new Uint8Array([0]) }] });
    await expect(forgetHost(fleet.store, how())).rejects.toMatchObject({ code: 'fleet-record-malformed' });
  });
});

describe('a mapping', () => {
  const gpus = { name: 'gpu-a10', match: [{ ids: '10de:2236' }], dryRun: false };

  it('is set, shown, set again without change, changed where something is said, and listed', async () => {
    const fleet = await oneHost(A.key);
    expect((await setMapping(fleet.store, { ...gpus, dryRun: true })).changed).toBe(true);
    expect(await fleet.keys(mappingsPrefix)).toEqual([]);
    expect((await setMapping(fleet.store, { ...gpus, description: 'the good ones' })).functions.map(({ problem }) => problem?.code)).toEqual([
      'claim-held',
      undefined,
    ]);
    expect((await setMapping(fleet.store, gpus)).changed).toBe(false);
    expect((await setMapping(fleet.store, { ...gpus, wholeGroup: true })).mapping).toMatchObject({ wholeGroup: true, description: 'the good ones' });
    expect((await showMapping(fleet.store, 'gpu-a10')).mapping.wholeGroup).toBe(true);
    expect((await listMappings(fleet.store)).shown.map(({ mapping, functions }) => [mapping.name, functions.length])).toEqual([['gpu-a10', 2]]);
  });

  it('that another hostdev has written with its members in another order is the same', async () => {
    const fleet = await oneHost();
    await fleet.setMapping({ description: null, wholeGroup: false, match: [{ numaNode: 0, ids: '10de:2236' }], name: 'gpu-a10', version: 1 });
    expect((await setMapping(fleet.store, { ...gpus, match: [{ ids: '10de:2236', numaNode: 0 }] })).changed).toBe(false);
  });

  it('keeps what a newer hostdev has written into it', async () => {
    const fleet = await oneHost();
    await fleet.setMapping({ ...mappingOf([]).record, colour: 'red' } as ReturnType<typeof mappingOf>['record']);
    expect((await setMapping(fleet.store, gpus)).mapping).toMatchObject({ colour: 'red', match: gpus.match });
  });

  it('that somebody else writes at the same time is not written over', async () => {
    const fleet = await oneHost();
    const store: typeof fleet.store = {
      ...fleet.store,
      commit: async (transaction) => {
        await fleet.setMapping(mappingOf([{ ids: '8086:*' }]).record);
        return fleet.store.commit(transaction);
      },
    };
    await expect(setMapping(store, gpus)).rejects.toMatchObject({ code: 'claim-changed' });
    expect((await showMapping(fleet.store, 'gpu-a10')).mapping.match).toEqual([{ ids: '8086:*' }]);
  });

  it('that claims name stays, unless it is forced: then it is said what is lost, and the claims are good', async () => {
    const fleet = await oneHost();
    const removal = { name: 'gpu-a10', force: false, dryRun: false, onLoss: () => undefined };
    expect(await removeMapping(fleet.store, removal)).toBe(false);
    await setMapping(fleet.store, gpus);
    await claimFunctions(fleet.access(), { ...wish('gpu-a10'), target: { kind: 'mapping', name: 'gpu-a10' } });
    await expect(removeMapping(fleet.store, removal)).rejects.toMatchObject({
      code: 'mapping-in-use',
      message: expect.stringContaining('for guest web') as unknown,
    });
    const losses: string[] = [];
    expect(await removeMapping(fleet.store, { ...removal, force: true, onLoss: ({ message }) => losses.push(message) })).toBe(true);
    expect([losses.length, (await fleet.claims()).length, await fleet.keys(mappingsPrefix)]).toEqual([1, 1, []]);
    await expect(showMapping(fleet.store, 'gpu-a10')).rejects.toMatchObject({ code: 'mapping-unknown' });
  });
});
