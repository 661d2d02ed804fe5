/** What undoes an operation leads to where it began. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/server/api/operation.ts';
import type { Plan } from '../../src/server/api/plan.ts';
import type { ProblemDetails } from '../../src/server/api/problem-details.ts';
import type { WholeState } from '../../src/server/api/state.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => scene.end());

const VF = '0000:02:10.0';
const withVfs = (numVfs: number): Wish => ({ verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs });

/** What there is to be seen of the host and of guests. */
async function seen(): Promise<object> {
  const { functions, slots, guests } = (await scene.ask('GET', '/state')).json<WholeState>();
  return { functions, slots, guests };
}

/** Plans what undoes an operation, and carries it out. */
async function undoOf({ id }: Operation): Promise<Operation> {
  const reply = await scene.ask('POST', `/operations/${id}/undo`);
  if (reply.status !== 201) throw new Error(`no plan: ${reply.text}`);
  return scene.ended((await scene.apply(reply.json<Plan>())).json<Operation>().id);
}

describe('what undoes an operation', () => {
  const WISHES: readonly (readonly [wish: Wish, before?: Wish])[] = [
    [{ verb: 'prepare', functions: ['0000:05:00.0'], group: true }],
    [
      { verb: 'release', functions: ['0000:06:00.0'] },
      { verb: 'prepare', functions: ['0000:06:00.0'] },
    ],
    [{ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' }],
    [{ verb: 'detach', guest: 'web', functions: ['0007:00:00.0'] }],
    [{ verb: 'swap', guest: 'web', old: '0007:00:00.0', next: '0000:06:00.0' }],
    [withVfs(2)],
    [withVfs(3), withVfs(2)],
    [{ verb: 'vf remove', physicalFunction: '0000:02:00.0' }, withVfs(2)],
    [{ verb: 'vf set', virtualFunction: VF, vlan: 5, trust: true }, withVfs(1)],
    [{ verb: 'slot off', fids: ['0x00000017'] }],
    [{ verb: 'apply', text: 'formatVersion: 1\nguests: [{ guest: pc, hostdevs: [{ function: "06:00.0" }] }]\n' }],
    [
      { verb: 'slot on', fids: ['0x00000017'] },
      { verb: 'slot off', fids: ['0x00000017'] },
    ],
  ];

  it.each(WISHES.map(([wish, before]) => [JSON.stringify(wish), wish, before] as const))('%s', async (_, wish, before) => {
    if (before !== undefined) await scene.carryOut(before);
    const began = await seen();
    const done = await scene.carryOut(wish);
    expect(done.state).toBe('done');
    // Settings of virtual functions are in none of the lists.
    if (wish.verb !== 'vf set') expect(await seen()).not.toEqual(began);
    const plan = await scene.ask('POST', `/operations/${done.id}/undo`);
    expect(plan.status).toBe(201);
    const back = await scene.ended((await scene.apply(plan.json<Plan>())).json<Operation>().id);
    expect([back.state, back.changed]).toEqual(['done', true]);
    expect(await seen()).toEqual(began);
  });

  it('gives back only what the operation has taken: a function that was taken before stays', async () => {
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    const done = await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0', '0000:09:00.0'] });
    const plan = (await scene.ask('POST', `/operations/${done.id}/undo`)).json<Plan>();
    expect(plan.changes.map(({ verb, subject }) => `${verb} ${subject}`)).toEqual(['release 0000:09:00.0']);
    expect(plan).toMatchObject({ command: null, wish: { verb: 'undo', operations: [done.id] }, answer: { command: 'undo' } });
    await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect([scene.port.driverOf('0000:06:00.0'), scene.port.driverOf('0000:09:00.0')]).toEqual(['vfio-pci', 'nvme']);
  });

  it('gives back what went along with the group, and the rules of all of them', async () => {
    const began = await seen();
    const done = await scene.carryOut({ verb: 'prepare', functions: ['0000:05:00.0'], group: true, persist: true });
    expect((await scene.ask('GET', '/persistent')).json<{ items: object[] }>().items).toHaveLength(2);
    const back = await undoOf(done);
    expect([back.state, back.problems]).toEqual(['done', []]);
    expect(await seen()).toEqual(began);
    expect((await scene.ask('GET', '/persistent')).json<{ items: object[] }>().items).toEqual([]);
  });

  it('leaves a rule that was there before', async () => {
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'], persist: true });
    await scene.carryOut({ verb: 'release', functions: ['0000:06:00.0'] });
    await undoOf(await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] }));
    expect(scene.port.driverOf('0000:06:00.0')).toBe('nvme');
    expect((await scene.ask('GET', '/persistent')).json<{ items: object[] }>().items).toMatchObject([{ hostAddress: '0000:06:00.0' }]);
  });

  it('brings a rule back that was taken away, word for word', async () => {
    await scene.carryOut({ verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs: 2, persist: true });
    const began = await seen();
    const rules = await scene.ask('GET', '/persistent');
    await undoOf(await scene.carryOut({ verb: 'vf remove', physicalFunction: '0000:02:00.0' }));
    expect((await scene.ask('GET', '/persistent')).json()).toEqual(rules.json());
    expect(await seen()).toEqual(began);
  });

  it('gives a guest its device back as it had it: not managed, with its ids, at its place', async () => {
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    await scene.carryOut({ verb: 'attach', guest: 'web', functions: ['0000:06:00.0'], scope: 'config', managed: false, uid: '0x0044', fid: '0x00000033' });
    const config = async (): Promise<string> => (await scene.ask('GET', '/guests/web')).json<{ config: { xml: string } }>().config.xml;
    const began = await config();
    const done = await scene.carryOut({ verb: 'detach', guest: 'web', functions: ['0000:06:00.0'] });
    expect(await config()).not.toBe(began);
    const plan = (await scene.ask('POST', `/operations/${done.id}/undo`)).json<Plan>();
    expect(plan.definition?.after).toContain("uid='0x0044'");
    await scene.ended((await scene.apply(plan)).json<Operation>().id);
    const hostdevs = (xml: string): string[] => [...xml.matchAll(/<hostdev[^]*?<\/hostdev>/g)].map(([text]) => text.replaceAll(/\s+/g, ' ')).toSorted();
    expect(hostdevs(await config())).toEqual(hostdevs(began));
  });

  it('takes from a guest only the part that the operation has given it', async () => {
    await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'config' });
    const done = await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    await undoOf(done);
    const { guests } = (await scene.ask('GET', '/state')).json<WholeState>();
    expect(JSON.stringify(guests.find(({ guest }) => guest === 'pc'))).toContain('0000:06:00.0');
    expect((await scene.ask('GET', '/guests/pc')).json<{ live: { xml: string }; config: { xml: string } }>()).toMatchObject({
      live: { xml: expect.not.stringContaining("bus='0x06'") as string },
      config: { xml: expect.stringContaining("bus='0x06'") as string },
    });
  });

  it('undoes what was done of a wish that was fulfilled in part', async () => {
    let isFailing = false;
    const beforeWrite = (path: string): void => {
      if (isFailing && path.includes('0000:09:00.0/driver/unbind')) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    };
    await scene.end();
    scene = await openServer({ kernel: { beforeWrite } });
    await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0', '0000:09:00.0'] });
    isFailing = true;
    const done = await scene.carryOut({ verb: 'release', functions: ['0000:06:00.0', '0000:09:00.0'] });
    expect([done.state, done.undoable]).toEqual(['failed', true]);
    expect(scene.port.driverOf('0000:06:00.0')).toBe('nvme');
    isFailing = false;
    await undoOf(done);
    expect([scene.port.driverOf('0000:06:00.0'), scene.port.driverOf('0000:09:00.0')]).toEqual(['vfio-pci', 'vfio-pci']);
  });

  it('undoes several operations at once, the latest first, by one plan', async () => {
    const began = await seen();
    const ids: string[] = [];
    for (const wish of [
      withVfs(2),
      { verb: 'prepare', functions: [VF] },
      { verb: 'attach', guest: 'pc', functions: [VF], managed: false, scope: 'live' },
    ] satisfies Wish[])
      ids.push((await scene.carryOut(wish)).id);
    const plan = await scene.plan({ verb: 'undo', operations: ids.toReversed() });
    expect(plan.changes.map(({ verb, subject }) => `${verb} ${subject}`)).toEqual([`detach ${VF} in pc`, `release ${VF}`, 'vf remove 0000:02:00.0']);
    const back = await scene.ended((await scene.apply(plan)).json<Operation>().id);
    expect([back.state, back.problems]).toEqual(['done', []]);
    expect(await seen()).toEqual(began);
  });

  it('of a pool that was made takes it away, and of one that was taken away makes it again', async () => {
    const isThere = async (): Promise<boolean> => (await scene.plan({ verb: 'pool remove', network: 'nets' })).changed;
    await scene.carryOut(withVfs(2));
    const made = await scene.carryOut({ verb: 'pool create', network: 'nets', functions: ['0000:02:00.0'] });
    expect(await isThere()).toBe(true);
    const gone = await undoOf(made);
    expect([gone.state, await isThere()]).toEqual(['done', false]);
    const again = await undoOf(gone);
    expect([again.state, await isThere()]).toEqual(['done', true]);
  });

  it('of a function from a pool takes that one back from the guest, known by its MAC address', async () => {
    await scene.carryOut(withVfs(2));
    await scene.carryOut({ verb: 'pool create', network: 'nets', functions: ['0000:02:00.0'] });
    const config = async (): Promise<string> => (await scene.ask('GET', '/guests/web')).json<{ config: { xml: string } }>().config.xml;
    const began = await config();
    const done = await scene.carryOut({ verb: 'attach from pool', guest: 'web', network: 'nets', scope: 'config' });
    expect(await config()).toContain("network='nets'");
    const back = await undoOf(done);
    expect([back.state, back.problems]).toEqual(['done', []]);
    expect(await config()).not.toContain("network='nets'");
    expect((await config()).match(/<hostdev/g)?.length).toBe(began.match(/<hostdev/g)?.length);
  });

  it('can be undone itself', async () => {
    const done = await scene.carryOut({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'persistent' });
    const given = await seen();
    await undoOf(await undoOf(done));
    expect(await seen()).toEqual(given);
  });

  it('is nothing where all is as before already', async () => {
    const done = await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    await scene.carryOut({ verb: 'release', functions: ['0000:06:00.0'] });
    expect((await scene.ask('POST', `/operations/${done.id}/undo`)).json<Plan>()).toMatchObject({ changed: false, changes: [] });
  });

  it('is refused where somebody has changed it again, and where a guest has it by now', async () => {
    const made = await scene.carryOut(withVfs(2));
    await scene.carryOut(withVfs(3));
    const reply = await scene.ask('POST', `/operations/${made.id}/undo`);
    expect([reply.status, reply.json<ProblemDetails>()]).toMatchObject([409, { code: 'undo-overtaken', subject: '0000:02:00.0' }]);
    const taken = await scene.carryOut({ verb: 'prepare', functions: ['0000:06:00.0'] });
    await scene.port.replaceFile('/proc/42/comm', 'qemu-system-x86\n');
    await scene.port.replaceFile('/proc/42/fd/9', '→ /dev/vfio/6');
    expect((await scene.ask('POST', `/operations/${taken.id}/undo`)).json<ProblemDetails>().code).toBe('function-held');
  });

  it.each<Wish>([
    { verb: 'slot reset', fids: ['0x00000017'] },
    { verb: 'slot reconfigure', fids: ['0x00000017'] },
    { verb: 'ports add', guest: 'pc', count: 1 },
    { verb: 'recover' },
  ])('there is none of %j', async (wish) => {
    const { id } = await scene.carryOut(wish);
    const reply = await scene.ask('POST', `/operations/${id}/undo`);
    expect([reply.status, reply.json<ProblemDetails>().code]).toEqual([409, 'operation-ended']);
  });
});
