import { describe, expect, it } from 'vitest';
import { fleetInMemory, type TestFleet } from '../../test/fleet/fleet-in-memory.ts';
import { hostRecord, mappingOf, publishedOf, virtualOf } from '../../test/fleet/fleet-records.ts';
import { HostdevError } from '../errors.ts';
import type { MemoryFleet } from '../testing/fleet-store/memory-fleet.ts';
import { type ClaimOptions, claimFunctions, planClaim } from './claim.ts';
import type { FleetAccess } from './fleet-access.ts';
import { claimKey, inventoryKey, requestsPrefix } from './model/keys.ts';
import type { PublishedFunction } from './model/records.ts';
import { readWholeFleet } from './read-fleet.ts';
import { releaseClaims } from './release.ts';
import type { FleetStore } from './store/store.ts';

const GPUS = { target: { kind: 'mapping', name: 'gpu-a10' }, what: 'gpu-a10', guest: 'web', count: 1, wholeGroup: false, until: null } as const;
const one = (published: PublishedFunction, otherwise: Partial<ClaimOptions> = {}): ClaimOptions => ({
  ...{ ...GPUS, what: published.key, target: { kind: 'key', key: published.key } },
  ...otherwise,
});

/** Two hosts: kvm1 with three cards, kvm2 with one; a mapping of all of them. */
async function twoHosts(): Promise<TestFleet> {
  const fleet = await fleetInMemory(hostRecord([publishedOf(0), publishedOf(1), publishedOf(2)]), hostRecord([publishedOf(0, {}, 'kvm2')], { host: 'kvm2' }));
  await fleet.setMapping(mappingOf([{ ids: '10de:2236' }]).record);
  return fleet;
}

type AtCommit = (commit: number, memory: MemoryFleet) => void;

/** Somebody's access, and what happens before and behind each commit, which are counted from one. */
function atCommits(fleet: TestFleet, before: AtCommit, behind: AtCommit = () => undefined): FleetAccess {
  const access = fleet.access();
  let commits = 0;
  const commit: FleetStore['commit'] = async (...words) => {
    commits += 1;
    const at = commits;
    before(at, fleet.memory);
    const answer = await access.store.commit(...words);
    behind(at, fleet.memory);
    return answer;
  };
  return { ...access, store: { ...access.store, commit } };
}

/** The request is written; then nothing is heard of five tries to claim, which may come late. */
const lateOnceAsked: AtCommit = (commit, memory) => {
  if (commit === 2) memory.loseAnswers('late', 'late', 'late', 'late', 'late');
};

describe('a claim', () => {
  it('by a mapping is of one of its functions, says who asked and for whom, and leaves no request', async () => {
    const fleet = await twoHosts();
    const { claims, request } = await claimFunctions(fleet.access(), { ...GPUS, until: '2027-01-01' });
    expect(claims).toEqual(await fleet.claims());
    expect(claims.map(({ record }) => record)).toEqual([
      expect.objectContaining({
        request,
        guest: 'web',
        by: 'alice',
        state: 'claimed',
        mapping: 'gpu-a10',
        until: '2027-01-01',
        at: '2026-11-26T09:00:00.000Z',
      }),
    ]);
    expect(await fleet.keys(requestsPrefix)).toEqual([]);
  });

  it('of a host is of that host', async () => {
    const fleet = await twoHosts();
    const { claims } = await claimFunctions(fleet.access(), { ...GPUS, host: 'kvm2' });
    expect(claims[0]?.record.host).toBe('kvm2');
    await expect(claimFunctions(fleet.access(), { ...GPUS, host: 'kvm2' })).rejects.toMatchObject({
      code: 'claim-none-free',
      message: '1 of gpu-a10 cannot be claimed on kvm2: none of 1 is free',
      others: [expect.objectContaining({ code: 'claim-held', message: expect.stringContaining('guest web on kvm2 (claimed), for alice') as unknown })],
    });
  });

  it('of several is of one host, all or none, and says what each host has', async () => {
    const fleet = await twoHosts();
    await expect(claimFunctions(fleet.access(), { ...GPUS, count: 4 })).rejects.toMatchObject({
      code: 'claim-none-free',
      message: '4 of gpu-a10 cannot be claimed on any host: a guest has all on one host, and there are 3 on kvm1, 1 on kvm2',
    });
    expect([await fleet.claims(), await fleet.keys(requestsPrefix)]).toEqual([[], []]);
    const { claims } = await claimFunctions(fleet.access(), { ...GPUS, count: 3 });
    expect(claims.map(({ record, created }) => [record.host, created === claims[0]?.created])).toEqual([
      ['kvm1', true],
      ['kvm1', true],
      ['kvm1', true],
    ]);
  });

  it('that is only planned writes nothing', async () => {
    const fleet = await twoHosts();
    const before = (await fleet.store.get([])).revision;
    expect(await planClaim(fleet.access(), { ...GPUS, count: 2 })).toHaveLength(2);
    expect((await fleet.store.get([])).revision).toBe(before);
  });

  it.each<[string, PublishedFunction, string]>([
    ['that its host uses', publishedOf(0, { verdict: 'in use', evidence: ['nvme0n1 → mounted on /'] }), 'its host says in use: nvme0n1 → mounted on /'],
    ['of which its host knows nothing sure', publishedOf(0, { verdict: 'unknown', evidence: ['/proc was not read'] }), 'its host says unknown'],
    ['that a guest has already', publishedOf(0, { verdict: 'held', heldBy: ['db'] }), 'its host says held'],
    ['whose group its host has not told', publishedOf(0, { companions: ['host/kvm1/0000:3b:09.0'] }), 'kvm1 0000:3b:09.0, which its host has not published'],
  ])('of a function %s is refused without a trace', async (_, published, why) => {
    const fleet = await fleetInMemory(hostRecord([published]));
    await expect(claimFunctions(fleet.access(), one(published))).rejects.toMatchObject({
      code: 'claim-impossible',
      message: expect.stringContaining(why) as unknown,
    });
    expect([await fleet.claims(), await fleet.keys(requestsPrefix)]).toEqual([[], []]);
  });

  it('of a host that gives nothing says why', async () => {
    const fleet = await fleetInMemory(hostRecord([publishedOf(0)], { problems: ['the IOMMU is off'] }));
    await expect(claimFunctions(fleet.access(), one(publishedOf(0)))).rejects.toMatchObject({
      message: expect.stringContaining('the IOMMU is off') as unknown,
    });
  });

  const [pf, vf, otherVf] = [publishedOf(0), virtualOf(0, 1), virtualOf(0, 2)];
  it.each<[string, PublishedFunction, PublishedFunction, boolean]>([
    ['a physical function after a virtual one of it is refused', vf, pf, false],
    ['a virtual function after its physical one is refused', pf, vf, false],
    ['a virtual function after another one is had', vf, otherVf, true],
    ['a function of another card is had', pf, publishedOf(1), true],
    ['the same one is refused', vf, vf, false],
  ])('of %s', async (_, first, second, isHad) => {
    const fleet = await fleetInMemory(hostRecord([pf, vf, otherVf, publishedOf(1)]));
    await claimFunctions(fleet.access(), one(first));
    const answer = claimFunctions(fleet.access('bob'), one(second, { guest: 'db' }));
    if (isHad) expect((await answer).claims).toHaveLength(1);
    else
      await expect(answer).rejects.toMatchObject({ code: 'claim-held', message: expect.stringContaining('guest web on kvm1 (claimed), for alice') as unknown });
    expect(await fleet.claims()).toHaveLength(isHad ? 2 : 1);
  });

  it('on IBM Z, where the keys do not say which function is a virtual one of which, excludes them as well', async () => {
    const machine = (fid: string): string => `cpc/8561-0123456/${fid}`;
    const physical = publishedOf(0, { key: machine('00000010') });
    const virtual = publishedOf(1, { key: machine('00000011'), physicalFunction: machine('00000010') });
    for (const [first, second] of [[physical, virtual] as const, [virtual, physical] as const]) {
      const fleet = await fleetInMemory(hostRecord([physical, virtual]));
      await claimFunctions(fleet.access(), one(first));
      await expect(claimFunctions(fleet.access(), one(second))).rejects.toMatchObject({ code: 'claim-held' });
    }
  });

  it('of a function of an IBM Z machine that two partitions see is of one of them only', async () => {
    const shared = publishedOf(0, { key: 'cpc/8561-0123456/00000010' });
    const fleet = await fleetInMemory(hostRecord([shared]), hostRecord([shared], { host: 'kvm2' }));
    await claimFunctions(fleet.access(), one(shared, { host: 'kvm2' }));
    await expect(claimFunctions(fleet.access(), one(shared, { host: 'kvm1' }))).rejects.toMatchObject({
      code: 'claim-held',
      message: expect.stringContaining('web on kvm2') as unknown,
    });
  });

  it('takes the whole group where that is asked for, and nothing where it is not', async () => {
    const [a, b] = [publishedOf(0, { companions: [publishedOf(1).key] }), publishedOf(1, { companions: [publishedOf(0).key] })];
    const fleet = await fleetInMemory(hostRecord([a, b]));
    await expect(claimFunctions(fleet.access(), one(a))).rejects.toMatchObject({ code: 'claim-impossible', hint: 'ask for the whole group' });
    const { claims } = await claimFunctions(fleet.access(), one(a, { wholeGroup: true }));
    expect(claims.map(({ record }) => [record.function, record.together])).toEqual([
      [a.key, [b.key]],
      [b.key, [a.key]],
    ]);
    await expect(claimFunctions(fleet.access(), one(b, { wholeGroup: true }))).rejects.toMatchObject({ code: 'claim-held' });
    expect((await releaseClaims(fleet.store, { target: { kind: 'key', key: b.key }, dryRun: false })).claims).toHaveLength(2);
    expect(await fleet.claims()).toEqual([]);
  });

  it('of several takes none along that another one takes, though all of them match', async () => {
    const group = [publishedOf(0, { companions: [publishedOf(1).key] }), publishedOf(1, { companions: [publishedOf(0).key] }), publishedOf(2)];
    const fleet = await fleetInMemory(hostRecord(group));
    await fleet.setMapping(mappingOf([{ ids: '10de:*' }], { wholeGroup: true }).record);
    await expect(claimFunctions(fleet.access(), { ...GPUS, count: 3 })).rejects.toMatchObject({
      message: expect.stringContaining('there are 2 on kvm1') as unknown,
    });
    expect((await claimFunctions(fleet.access(), { ...GPUS, count: 2 })).claims).toHaveLength(3);
  });

  it('of more than a transaction takes is refused in words', async () => {
    const all = Array.from({ length: 32 }, (_, slot) => publishedOf(slot, { companions: [] }));
    const many = Array.from({ length: 5 }, (_, bus) => all.map((each) => ({ ...each, key: each.key.replace('3b', `4${bus}`) }))).flat();
    const fleet = await fleetInMemory(hostRecord(many));
    await fleet.setMapping(mappingOf([{ ids: '10de:*' }]).record);
    await expect(claimFunctions(fleet.access(), { ...GPUS, count: 130 })).rejects.toMatchObject({
      code: 'claim-too-many',
      message: '130 functions are more than one claim takes',
    });
    expect([await fleet.claims(), await fleet.keys(requestsPrefix)]).toEqual([[], []]);
  });

  it.each([
    ['a host', one(publishedOf(0), { host: 'kvm9' }), 'fleet-host-unknown'],
    ['a function', one(publishedOf(9)), 'fleet-function-unknown'],
    ['a mapping', { ...GPUS, target: { kind: 'mapping', name: 'nic' } as const }, 'mapping-unknown'],
  ])('of %s that there is not is refused', async (_, options, code) => {
    const fleet = await twoHosts();
    await expect(claimFunctions(fleet.access(), options)).rejects.toMatchObject({ code });
  });

  it('of a host whose record is a newer one’s says that, and not that there is none', async () => {
    const fleet = await twoHosts();
    await fleet.publish({ ...hostRecord([]), version: 2 as 1 });
    await expect(claimFunctions(fleet.access(), one(publishedOf(0), { host: 'kvm1' }))).rejects.toMatchObject({ code: 'fleet-record-newer' });
  });

  it('looks again when its host has published in between', async () => {
    const fleet = await twoHosts();
    const access = fleet.access();
    let wasPublished = false;
    const store: typeof access.store = {
      ...access.store,
      commit: async (transaction, signal) => {
        const isClaim = transaction.compares.some((each) => 'key' in each && each.key === inventoryKey('kvm1'));
        if (isClaim && !wasPublished) await fleet.publish(hostRecord([publishedOf(0), publishedOf(1, { verdict: 'in use' })]));
        if (isClaim) wasPublished = true;
        return access.store.commit(transaction, signal);
      },
    };
    const { claims } = await claimFunctions({ ...access, store }, { ...GPUS, host: 'kvm1' });
    expect(claims[0]?.record.function).toBe(publishedOf(0).key);
  });

  it('is made once where an answer was lost on its way, whether or not it had happened', async () => {
    for (const way of ['before', 'after'] as const) {
      const fleet = await twoHosts();
      const access = fleet.access();
      fleet.memory.loseAnswers(way, way);
      const { claims } = await claimFunctions(access, GPUS);
      expect(claims).toEqual(await fleet.claims());
      expect(claims).toHaveLength(1);
    }
  });

  it('that is given up because nobody answers can never come late', async () => {
    const fleet = await twoHosts();
    // Then the store answers again.
    const access = atCommits(fleet, lateOnceAsked);
    await expect(claimFunctions(access, GPUS)).rejects.toMatchObject({ code: 'fleet-unclear' });
    expect(fleet.memory.deliver().map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused', 'refused', 'refused']);
    expect(await fleet.claims()).toEqual([]);
  });

  it('names its request where the store is gone by the time that it is given up', async () => {
    const fleet = await twoHosts();
    const access = atCommits(fleet, (commit, memory) => {
      lateOnceAsked(commit, memory);
      if (commit > 6) throw new HostdevError('fleet-unreachable', 'no member can be reached');
    });
    await expect(claimFunctions(access, GPUS)).rejects.toMatchObject({
      code: 'fleet-unclear',
      message: expect.stringContaining('no member can be reached; whether gpu-a10 is claimed') as unknown,
      hint: 'when the store answers: hostdev fleet release request-1',
    });
    fleet.memory.deliver();
    expect(await fleet.claims()).toHaveLength(1);
    await releaseClaims(fleet.store, { target: { kind: 'request', request: 'request-1' }, dryRun: false });
    expect(await fleet.claims()).toEqual([]);
  });

  it('that arrived although nobody said so is told as made when it is to be given up', async () => {
    const fleet = await twoHosts();
    const access = atCommits(fleet, (commit, memory) => {
      lateOnceAsked(commit, memory);
      if (commit === 7) memory.deliver();
    });
    const { claims } = await claimFunctions(access, GPUS);
    expect(claims).toEqual(await fleet.claims());
  });

  it('that arrived while nobody answered its giving up is told as made', async () => {
    const fleet = await twoHosts();
    const access = atCommits(
      fleet,
      (commit, memory) => {
        lateOnceAsked(commit, memory);
        if (commit === 2) memory.loseAnswers('before');
      },
      // The seventh is the first that gives up: it never arrives, and finds the request gone when it is sent again.
      (commit, memory) => {
        if (commit === 7) memory.deliver();
      },
    );
    const { claims } = await claimFunctions(access, GPUS);
    expect([claims, claims.length]).toEqual([await fleet.claims(), 1]);
  });

  it('whose request somebody else gave up is not made', async () => {
    const fleet = await twoHosts();
    const access = fleet.access();
    const store: typeof access.store = {
      ...access.store,
      commit: async (transaction, signal) => {
        const [request] = await fleet.keys(requestsPrefix);
        if (request !== undefined && transaction.operations.length > 1)
          await releaseClaims(fleet.store, { target: { kind: 'request', request: 'request-1' }, dryRun: false });
        return access.store.commit(transaction, signal);
      },
    };
    await expect(claimFunctions({ ...access, store }, GPUS)).rejects.toMatchObject({
      code: 'claim-changed',
      message: expect.stringContaining('given up') as unknown,
    });
    expect(await fleet.claims()).toEqual([]);
  });
});

describe('many who claim at once', () => {
  it('get each function once, none of a physical and a virtual one both, and what is left is none', async () => {
    const functions = Array.from({ length: 8 }, (_, slot) => [publishedOf(slot), virtualOf(slot, 0), virtualOf(slot, 1)]).flat();
    const fleet = await fleetInMemory(hostRecord(functions));
    await fleet.setMapping(mappingOf([{ ids: '10de:2236' }]).record);
    let commits = 0;
    let open = (): void => undefined;
    /** All have read the fleet before anybody writes: else each would see what those before it have. */
    const everybody = new Promise<void>((resolve) => (open = resolve));
    const claimers = Array.from({ length: 40 }, (_, at) => fleet.access(`claimer ${at}`)).map((access) => {
      const commit: typeof access.store.commit = async (...words) => {
        commits += 1;
        if (commits === 40) open();
        await everybody;
        return access.store.commit(...words);
      };
      return { ...access, store: { ...access.store, commit } };
    });
    const answers = await Promise.allSettled(claimers.map(async (access, at) => claimFunctions(access, { ...GPUS, guest: `guest ${at}` })));
    const had = answers.flatMap((each) => (each.status === 'fulfilled' ? each.value.claims : []));
    const failed = answers.flatMap((each) => (each.status === 'rejected' ? [(each.reason as { code: string }).code] : []));
    expect(new Set(failed)).toEqual(new Set(['claim-none-free']));
    const keys = had.map(({ record }) => record.function);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(keys.filter((other) => other.startsWith(`${key}/`))).toEqual([]);
    expect((await fleet.claims()).map(({ key }) => key).toSorted()).toEqual(keys.map(claimKey).toSorted());
    expect(await fleet.keys(requestsPrefix)).toEqual([]);
    // A request, a claim and giving up are three; chance keeps the rest few.
    expect(commits / keys.length).toBeLessThan(20);
    expect((await readWholeFleet(fleet.store)).problems).toEqual([]);
  });
});
