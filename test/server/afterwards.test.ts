/** What a plan says of the functions of the host afterwards is what is seen there once it has been carried out. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WholeState } from '../../src/server/api/state.ts';
import type { Wish } from '../../src/server/api/wishes.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => scene.end());

type Listed = WholeState['functions'][number];

/** What of a row can be known before: names that a driver will give are its own. */
const row = ({ hostAddress, driver, verdict, evidence }: Omit<Listed, 'driver'> & { readonly driver: string | null | undefined }): string =>
  `${hostAddress} ${driver} ${verdict}${evidence.map((chain) => `; ${chain}`).join('')}`;

async function functionsNow(): Promise<readonly Listed[]> {
  return (await scene.ask('GET', '/functions')).json<{ items: Listed[] }>().items;
}

describe('a plan says of the functions of the host', () => {
  const WISHES: readonly (readonly [wish: Wish, before?: Wish])[] = [
    [{ verb: 'prepare', functions: ['0000:06:00.0'] }],
    [{ verb: 'prepare', functions: ['0000:05:00.0'], group: true }],
    [
      { verb: 'release', functions: ['0000:06:00.0'] },
      { verb: 'prepare', functions: ['0000:06:00.0'] },
    ],
    [{ verb: 'prepare', functions: ['0000:02:00.0'], force: true }],
    [{ verb: 'slot off', fids: ['0x00000017'] }],
    [{ verb: 'slot reconfigure', fids: ['0x00000017'] }],
    [
      { verb: 'vf remove', physicalFunction: '0000:02:00.0' },
      { verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs: 2 },
    ],
    [{ verb: 'attach', guest: 'web', functions: ['0000:06:00.0'], scope: 'config' }],
    [{ verb: 'slot reset', fids: ['0x00000017'] }],
  ];

  it.each(WISHES.map(([wish, before]) => [JSON.stringify(wish), wish, before] as const))('what is seen after %s', async (_, wish, before) => {
    if (before !== undefined) await scene.carryOut(before);
    const began = await functionsNow();
    const { functions } = await scene.plan(wish);
    expect((await scene.carryOut(wish)).state).toBe('done');
    const ended = await functionsNow();
    const changed = new Map(functions.map((each) => [each.before.hostAddress, each]));
    const foretold = began.flatMap((each) => {
      const change = changed.get(each.hostAddress);
      return change === undefined ? each : (change.after ?? []);
    });
    // Which host driver the kernel chooses is nobody's to foretell.
    const known = (each: Listed): string => row(changed.get(each.hostAddress)?.whicheverDriver === true ? { ...each, driver: undefined } : each);
    expect(foretold.map(known)).toEqual(ended.map(known));
    expect(functions.map((each) => each.before)).toEqual(began.filter(({ hostAddress }) => changed.has(hostAddress)));
  });

  it('that a guest holds what libvirt will take from its driver, and what was its mate in the group goes with it', async () => {
    const { functions } = await scene.plan({ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' });
    expect(functions.flatMap(({ after }) => (after === null ? [] : row(after)))).toEqual(["0000:06:00.0 vfio-pci held; libvirt's running guest pc"]);
  });

  it('nothing where only a definition is changed', async () => {
    expect((await scene.plan({ verb: 'detach', guest: 'web', functions: ['0007:00:00.0'] })).functions).toEqual([]);
  });
});
