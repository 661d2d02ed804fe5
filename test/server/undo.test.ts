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
