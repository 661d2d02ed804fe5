import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { context, fake, hostdev, onZ, running, stateDirectory, useGuests } from '../../test/guests.ts';
import { HostdevError } from '../errors.ts';
import { withLock } from '../execute/journal/lock.ts';
import { type FakeFunction, fakeKernel } from '../testing/fake-kernel.ts';
import { type MemoryFleet, memoryFleet } from '../testing/fleet-store/memory-fleet.ts';
import { type Agent, agentRound, type Round, runAgent } from './agent.ts';
import { readFleetConfig } from './config.ts';
import { initFleet } from './fleet-record.ts';
import { joinFleet } from './join.ts';
import { leaveFleet } from './leave.ts';
import { claimKey, inventoryKey } from './model/keys.ts';
import { formatRecord, readEntry } from './model/record.ts';
import { CLAIM } from './model/record-kinds.ts';
import type { Claim } from './model/records.ts';
import { readPublished } from './published.ts';
import type { StoreAddress } from './store-address.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const PF: FakeFunction = { address: '0001:00:00.0', driver: 'igb', iommuGroup: 2, express: true, sriov: { total: 4, driver: 'igbvf' } };
const ID = '0123456789abcdef0123456789abcdef';
const FILES = { '/etc/machine-id': `${ID}\n`, '/proc/meminfo': 'MemTotal:       1024 kB\n', '/proc/sys/kernel/random/boot_id': 'boot-1\n' };
const KEY = `host/kvm1/${NVME.address}`;

useGuests([NVME]);

const kernel = (files: Readonly<Record<string, string>> = {}, functions: readonly FakeFunction[] = [NVME, PF]) =>
  fakeKernel(functions, { files: { ...FILES, ...files } });
const agent = (port = kernel(), more: Partial<Agent> = {}): Agent => ({
  ...{ context: { ...context(), port }, host: 'kvm1', version: '9.9.9', stateDirectory, by: 'agent', libvirtUri: `qemu+unix:///system?socket=${fake.socket}` },
  ...more,
});
const claims = async (fleet: MemoryFleet): Promise<Claim[]> =>
  (await fleet.open().list('hostdev/v1/claims/')).entries.map((entry) => readEntry(entry, CLAIM).record);
const claimed = async (fleet: MemoryFleet, more: Partial<Claim> = {}): Promise<void> => {
  const claim: Claim = {
    ...{ version: 1, request: 'r', function: KEY, host: 'kvm1', guest: 'web', state: 'claimed', mapping: null, together: [], fingerprint: '' },
    ...{ by: 'alice', at: '2026-11-26T08:00:00Z', until: null, why: null, ...more },
  };
  await fleet.open().commit({ compares: [], operations: [{ kind: 'put', key: claimKey(claim.function), value: formatRecord(claim) }] });
};

/** Of an agent whose words are not asked for. */
const QUIET = { requireSameFleet: async () => undefined, onRound: () => undefined, onProblem: () => undefined, onBack: () => undefined };

describe('what a host tells its fleet', () => {
  it('is each of its functions as it has judged it', async () => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    const { record } = (await readPublished(fleet.open(), 'kvm1')) ?? {};
    expect(record).toMatchObject({
      host: 'kvm1',
      uuid: ID,
      bootId: 'boot-1',
      sequence: 1,
      hostdev: '9.9.9',
      memoryKib: 1024,
      libvirt: expect.any(String) as string,
    });
    expect(record?.functions.map(({ key, verdict }) => [key, verdict])).toEqual([
      [`host/kvm1/${PF.address}`, 'free'],
      [KEY, 'free'],
    ]);
  });

  it('names virtual functions by their physical one, which keeps its name when they are made anew', async () => {
    const fleet = memoryFleet();
    const port = kernel();
    await port.write(`/sys/bus/pci/devices/${PF.address}/sriov_numvfs`, '2');
    await agentRound(agent(port), fleet.open());
    const { record } = (await readPublished(fleet.open(), 'kvm1')) ?? {};
    const virtual = record?.functions.filter(({ physicalFunction }) => physicalFunction !== null);
    expect(virtual?.map(({ key, physicalFunction }) => [key, physicalFunction])).toEqual(
      [0, 1].map((index) => [`host/kvm1/${PF.address}/vf/${index}`, `host/kvm1/${PF.address}`]),
    );
  });

  it('names functions of an IBM Z machine by that machine, whichever of its partitions tells of them', async () => {
    const fleet = memoryFleet();
    const sysinfo = 'Manufacturer:         IBM\nType:                 8561\nPlant:                02\nSequence Code:        00000000000ABCDE\n';
    const onZMachine = [{ ...NVME, fid: 0xa0f1 }];
    await agentRound(agent(kernel({ '/proc/sysinfo': sysinfo }, onZMachine)), fleet.open());
    await agentRound(
      agent(kernel({ '/proc/sysinfo': `${sysinfo}VM00 Name:            LINUX1\n`, '/etc/machine-id': ID }, onZMachine), { host: 'guest1' }),
      fleet.open(),
    );
    const keys = await Promise.all(['kvm1', 'guest1'].map(async (host) => (await readPublished(fleet.open(), host))?.record.functions.map(({ key }) => key)));
    expect(keys).toEqual([['cpc/8561-02-abcde/0000a0f1'], [`host/guest1/${NVME.address}`]]);
  });

  it('has on IBM Z the ids of its guests, in what runs and in definitions, and keeps them where libvirt does not answer', async () => {
    const fleet = memoryFleet();
    const onZMachine = kernel({}, [{ ...NVME, fid: 0x10 }]);
    const withIds = (name: string, ids: string): string =>
      onZ(name).replace(
        '</devices>',
        `<rng model='virtio'><backend model='random'>/dev/urandom</backend><address type='pci'><zpci ${ids}/></address></rng></devices>`,
      );
    running(withIds('web', "uid='0x0021' fid='0x00000000'"));
    fake.qemu.define(withIds('db', "uid='7' fid='0xffffffff'"));
    const wanted = { uid: ['0x0007', '0x0021'], fid: ['0x00000000', '0xffffffff'] };
    for (const more of [{}, { libvirtUri: 'qemu+unix:///system?socket=/nowhere' }]) {
      await agentRound(agent(onZMachine, more), fleet.open());
      expect((await readPublished(fleet.open(), 'kvm1'))?.record.guestIds).toEqual(wanted);
    }
    await agentRound(agent(kernel(), { host: 'kvm2' }), fleet.open());
    expect((await readPublished(fleet.open(), 'kvm2'))?.record).not.toHaveProperty('guestIds');
  });

  it('is written only where it is something else, with a number that grows until the next boot', async () => {
    const fleet = memoryFleet();
    const sequenceOf = async (port: ReturnType<typeof kernel>): Promise<readonly [boolean, number]> => {
      const { published } = await agentRound(agent(port), fleet.open());
      return [published.changed, published.record.sequence];
    };
    const port = kernel();
    expect(await sequenceOf(port)).toEqual([true, 1]);
    expect(await sequenceOf(port)).toEqual([false, 1]);
    port.vanish(PF.address);
    expect(await sequenceOf(port)).toEqual([true, 2]);
    expect(await sequenceOf(kernel({ '/proc/sys/kernel/random/boot_id': 'boot-2\n' }))).toEqual([true, 1]);
  });

  it('is not written over what another machine of that name tells', async () => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    const another = agent(kernel({ '/etc/machine-id': 'f'.repeat(32) }));
    await expect(agentRound(another, fleet.open())).rejects.toMatchObject({ code: 'fleet-name-taken' });
    await expect(agentRound(agent(kernel({ '/etc/machine-id': '\n' })), fleet.open())).rejects.toMatchObject({ code: 'fleet-no-machine-id' });
    expect((await readPublished(fleet.open(), 'kvm1'))?.record.uuid).toBe(ID);
  });

  it('of 4,000 functions fits one key', async () => {
    const fleet = memoryFleet();
    const many = Array.from(
      { length: 4000 },
      (_, i): FakeFunction => ({ address: `${(i + 1).toString(16).padStart(4, '0')}:00:00.0`, driver: 'nvme', iommuGroup: i }),
    );
    const { published } = await agentRound(agent(kernel({}, many)), fleet.open());
    expect(published.record.functions).toHaveLength(4000);
  }, 60_000);
});

describe('an agent', () => {
  it('claims what somebody has and nobody claimed, and lets it go as it came', async () => {
    const fleet = memoryFleet();
    const port = kernel();
    await port.replaceFile('/proc/42/fd/9', '→ /dev/vfio/1');
    await port.replaceFile('/proc/42/comm', 'qemu-system-s39\n');
    const { corrections } = await agentRound(agent(port), fleet.open());
    expect(corrections.map(({ words }) => words)).toEqual([expect.stringContaining('nobody claimed it')]);
    expect(await claims(fleet)).toMatchObject([{ function: KEY, host: 'kvm1', state: 'attached', why: 'foreign', by: 'agent' }]);
    expect((await agentRound(agent(port), fleet.open())).corrections).toEqual([]);
    await port.replaceFile('/proc/42/fd/9', undefined);
    await agentRound(agent(port), fleet.open());
    expect(await claims(fleet)).toEqual([]);
  });

  it('keeps the claim of a guest that has given its function back past hostdev', async () => {
    const fleet = memoryFleet();
    running(onZ('web', hostdev('0x0007')));
    await claimed(fleet);
    await agentRound(agent(), fleet.open());
    expect(await claims(fleet)).toMatchObject([{ state: 'attached', guest: 'web' }]);
    const guest = fake.qemu.define(onZ('web'));
    guest.live = onZ('web');
    await agentRound(agent(), fleet.open());
    expect(await claims(fleet)).toMatchObject([{ state: 'claimed', guest: 'web' }]);
  });

  it('corrects nothing while somebody changes the host', async () => {
    const fleet = memoryFleet();
    await claimed(fleet, { state: 'attaching' });
    const { corrections } = await withLock(stateDirectory, async () => agentRound(agent(), fleet.open()));
    expect(corrections).toEqual([]);
    expect(await claims(fleet)).toMatchObject([{ state: 'attaching' }]);
    await agentRound(agent(), fleet.open());
    expect(await claims(fleet)).toMatchObject([{ state: 'claimed' }]);
  });

  it('frees no claim because somebody is silent: neither a guest that is off, nor a host', async () => {
    const fleet = memoryFleet();
    await claimed(fleet);
    fleet.pass(100_000);
    await agentRound(agent(), fleet.open());
    expect(await claims(fleet)).toMatchObject([{ state: 'claimed', guest: 'web' }]);
  });

  it('says what it cannot bring in order', async () => {
    const fleet = memoryFleet();
    await claimed(fleet, { function: `host/kvm1/0099:00:00.0` });
    const { corrections } = await agentRound(agent(), fleet.open());
    expect(corrections.map(({ words }) => words)).toEqual(['kvm1 0099:00:00.0, claimed for web: it is lost: the host has no such function any more']);
    expect(await claims(fleet)).toMatchObject([{ state: 'lost', why: 'the host has no such function any more' }]);
  });

  it('that runs looks again when a claim is changed or the kernel says so, says that it lives, and stops at once', async () => {
    const fleet = memoryFleet();
    const store = fleet.open();
    const ending = new AbortController();
    const rounds: Round[] = [];
    const pace = { every: 60_000, settle: 1, again: 5 };
    const port = kernel();
    await agentRound(agent(port), store);
    const running_ = runAgent(agent(port), store, { ...QUIET, signal: ending.signal, pace, onRound: (round) => void rounds.push(round) });
    await until(() => rounds.length > 0);
    expect((await fleet.open().list('hostdev/v1/alive/')).entries.map(({ key }) => key)).toEqual(['hostdev/v1/alive/kvm1/now']);
    await claimed(fleet, { state: 'attaching' });
    await until(async () => (await claims(fleet))[0]?.state === 'claimed');
    const before = rounds.length;
    fake.qemu.start(fake.qemu.define(onZ('db')), false);
    await until(() => rounds.length > before);
    ending.abort();
    await running_;
    expect((await fleet.open().list('hostdev/v1/alive/')).entries).toEqual([]);
  }, 30_000);

  it('that runs asks a store that is away less and less often, whatever it hears, and says once that it is away and once that it is back', async () => {
    const fleet = memoryFleet();
    const store = fleet.open();
    const ending = new AbortController();
    const said: string[] = [];
    let [isAway, asked] = [true, 0];
    const whenThere = <F extends (...given: never[]) => Promise<unknown>>(act: F): F =>
      (async (...given: never[]) => {
        asked += 1;
        if (isAway) throw new HostdevError('fleet-unclear', `nobody answers, for the ${asked}. time`);
        return act(...given);
      }) as F;
    const port = kernel();
    await agentRound(agent(port), store);
    const options = {
      ...QUIET,
      signal: ending.signal,
      pace: { every: 400, settle: 1, again: 10 },
      onRound: () => void said.push('round'),
      onProblem: ({ code }: { code: string }) => void said.push(code),
      onBack: () => void said.push('back'),
    };
    const running_ = runAgent(agent(port), { ...store, get: whenThere(store.get), list: whenThere(store.list) }, options);
    const began = performance.now();
    // It is told of all the time that something has happened.
    for (let times = 0; times < 150; times += 1) {
      await port.write('/sys/bus/pci/drivers_probe', PF.address).catch(() => undefined);
      fake.qemu.start(fake.qemu.define(onZ(`guest${times}`)), false);
      await sleep(10);
    }
    // As often as it waits twice as long each time until it waits longest, three questions each time; a busy machine takes longer for the above.
    const most = 3 * (8 + Math.ceil((performance.now() - began) / 400));
    expect([said, asked <= most ? `${most} at most` : asked]).toEqual([['fleet-unclear'], `${most} at most`]);
    isAway = false;
    await until(() => said.length > 2);
    ending.abort();
    await running_;
    expect(said.slice(0, 3)).toEqual(['fleet-unclear', 'back', 'round']);
    expect(said.slice(3)).not.toContain('back');
  }, 30_000);

  it.each<[string, (fleet: MemoryFleet) => Promise<unknown>]>([
    ['has left it', async (fleet) => leaveFleet(fleet.open(), { host: 'kvm1', serial: undefined }, ID)],
    ['was forgotten', async (fleet) => fleet.open().commit({ compares: [], operations: [{ kind: 'delete', key: inventoryKey('kvm1') }] })],
  ])('of a host that %s while it runs ends with a word, and tells the fleet nothing of it again', async (_, goes) => {
    const fleet = memoryFleet();
    const rounds: Round[] = [];
    const options = { ...QUIET, signal: new AbortController().signal, pace: { every: 60_000, settle: 1, again: 5 } };
    await agentRound(agent(), fleet.open());
    const ended = runAgent(agent(), fleet.open(), { ...options, onRound: (round) => void rounds.push(round) });
    await until(() => rounds.length > 0);
    await goes(fleet);
    await expect(ended).rejects.toMatchObject({ code: 'fleet-left', message: expect.stringContaining('has no record of it') as string });
    expect((await fleet.open().list('hostdev/v1/')).entries).toEqual([]);
  });

  it('of a host that leaves in the middle of a round claims and tells nothing', async () => {
    const fleet = memoryFleet();
    const port = kernel();
    await agentRound(agent(port), fleet.open());
    await port.replaceFile('/proc/42/fd/9', '→ /dev/vfio/1');
    await port.replaceFile('/proc/42/comm', 'qemu-system-s39\n');
    const store = fleet.open();
    let hasLeft = false;
    // Just before the first thing that the round writes.
    const commit: typeof store.commit = async (transaction, signal) => {
      if (!hasLeft) await leaveFleet(fleet.open(), { host: 'kvm1', serial: undefined }, ID);
      hasLeft = true;
      return store.commit(transaction, signal);
    };
    await expect(agentRound(agent(port), { ...store, commit }, { isEnrolled: true })).rejects.toMatchObject({ code: 'fleet-left' });
    expect([hasLeft, (await fleet.open().list('hostdev/v1/')).entries]).toEqual([true, []]);
  });

  it('of a machine that another one has the name of corrects none of its claims', async () => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    await claimed(fleet, { state: 'attaching' });
    const another = agent(kernel({ '/etc/machine-id': 'f'.repeat(32) }));
    await expect(agentRound(another, fleet.open(), { isEnrolled: true })).rejects.toMatchObject({ code: 'fleet-name-taken' });
    expect(await claims(fleet)).toMatchObject([{ state: 'attaching' }]);
  });
});

describe('a machine joins a fleet', () => {
  const certificates = (key: string) => ({ ca: '/etc/ca.pem', certificate: '/etc/kvm1.pem', key });
  const address = (key: string): StoreAddress => ({ kind: 'etcd', endpoints: ['https://etcd1:2379'], certificates: certificates(key) });

  it('again by other certificates: that is a change, and its file names them; and by the same ones none', async () => {
    const fleet = memoryFleet();
    await initFleet(fleet.open(), { requireClaims: false, by: 'alice', now: new Date() });
    const file = join(stateDirectory, 'fleet.conf');
    const joined = async (key: string, dryRun = false): Promise<boolean> =>
      (await joinFleet(fleet.open(), { agent: agent(), address: address(key), file, dryRun })).changed;
    expect(await joined('/etc/one.key')).toBe(true);
    expect(await joined('/etc/one.key')).toBe(false);
    expect(await joined('/etc/two.key', true)).toBe(true);
    expect(await readFleetConfig(file)).toMatchObject({ store: address('/etc/one.key') });
    expect(await joined('/etc/two.key')).toBe(true);
    expect(await readFleetConfig(file)).toMatchObject({ store: address('/etc/two.key') });
    expect(await joined('/etc/two.key')).toBe(false);
  });

  it('again when the fleet has lost its record: that is a change', async () => {
    const fleet = memoryFleet();
    await initFleet(fleet.open(), { requireClaims: false, by: 'alice', now: new Date() });
    const wish = { agent: agent(), address: address('/etc/one.key'), file: join(stateDirectory, 'fleet.conf') };
    await joinFleet(fleet.open(), { ...wish, dryRun: false });
    await fleet.open().commit({ compares: [], operations: [{ kind: 'delete', key: inventoryKey('kvm1') }] });
    await expect(agentRound(agent(), fleet.open(), { isEnrolled: true })).rejects.toMatchObject({ code: 'fleet-left' });
    for (const dryRun of [true, false]) expect(await joinFleet(fleet.open(), { ...wish, dryRun })).toMatchObject({ changed: true });
    expect(await joinFleet(fleet.open(), { ...wish, dryRun: false })).toMatchObject({ changed: false });
  });
});

describe('a host leaves its fleet', () => {
  const identity = { host: 'kvm1', serial: undefined };

  it('with all that it has told', async () => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    expect(await leaveFleet(fleet.open(), identity, ID)).toBe(true);
    expect((await fleet.open().list('hostdev/v1/')).entries).toEqual([]);
    expect(await leaveFleet(fleet.open(), identity, ID)).toBe(false);
  });

  it('not while something of it is claimed, nor for another machine', async () => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    await expect(leaveFleet(fleet.open(), identity, 'f'.repeat(32))).rejects.toMatchObject({ code: 'fleet-name-taken' });
    await claimed(fleet);
    await expect(leaveFleet(fleet.open(), identity, ID)).rejects.toMatchObject({
      code: 'fleet-claimed',
      message: expect.stringContaining('for web (claimed)') as string,
    });
    expect(await readPublished(fleet.open(), 'kvm1')).toBeDefined();
  });

  it.each([['before'], ['after'], ['late']] as const)('also when an answer is lost (%s it happened): it is asked again', async (way) => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    fleet.loseAnswers(way);
    expect(await leaveFleet(fleet.open(), identity, ID)).toBe(true);
    // Joined again by then: what arrives late takes nothing of it.
    await agentRound(agent(), fleet.open());
    expect(fleet.deliver().map(({ outcome }) => outcome)).toEqual(way === 'late' ? ['refused'] : []);
    expect(await readPublished(fleet.open(), 'kvm1')).toBeDefined();
  });

  it('and says that it is not known, where every answer is lost', async () => {
    const fleet = memoryFleet();
    await agentRound(agent(), fleet.open());
    fleet.loseAnswers(...Array.from({ length: 20 }, () => 'before' as const));
    await expect(leaveFleet(fleet.open(), identity, ID)).rejects.toMatchObject({ code: 'fleet-unclear' });
    expect(await readPublished(fleet.open(), 'kvm1')).toBeDefined();
  });
});

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}
