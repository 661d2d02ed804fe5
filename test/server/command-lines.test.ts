/** The command that a plan shows does what the plan does: the same items, by the command's own dry run on the same machine. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Wish } from '../../src/server/api/wishes.ts';
import { bareMachine } from '../bare-machine.ts';
import { hostdev } from '../capture.ts';
import { openServer, type ServerScene } from './scene.ts';

let scene: ServerScene;
beforeEach(async () => {
  scene = await openServer();
});
afterEach(() => {
  rmSync(WISH_FILE, { force: true });
  return scene.end();
});

const VF = '0000:02:10.0';
const withVfs: Wish = { verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs: 2 };

const WISH_FILE = join(tmpdir(), `hostdev-wish-${process.pid}.yaml`);
const PARTS = `virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2, settings: [{ index: 0, vlan: 5 }] }]
functions: [{ function: "09:00.0", persist: true }]
pools: [{ network: nets, functions: ["02:00.0"] }]
guests: [{ guest: pc, hostdevs: [{ function: "06:00.0", scope: config }] }]
`;

/** Each wish, and what has to be so before. */
const WISHES: readonly (readonly [wish: Wish, before?: Wish])[] = [
  [{ verb: 'prepare', functions: ['0000:06:00.0', '0000:09:00.0'], persist: true }],
  [{ verb: 'prepare', functions: ['0000:05:00.0'], group: true, force: true }],
  [
    { verb: 'release', functions: ['0000:06:00.0'] },
    { verb: 'prepare', functions: ['0000:06:00.0'] },
  ],
  [
    { verb: 'release', functions: ['0000:05:00.0'], group: true },
    { verb: 'prepare', functions: ['0000:05:00.0'], group: true },
  ],
  [{ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'] }],
  [{ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live' }],
  [{ verb: 'attach', guest: 'pc', functions: ['0000:06:00.0'], scope: 'live and config', timeoutSeconds: 5 }],
  [{ verb: 'attach', guest: 'pc', functions: ['0000:05:00.0'], scope: 'persistent', group: true, force: true }],
  [{ verb: 'attach', guest: 'web', functions: ['0000:06:00.0'], scope: 'config', uid: '0x0044', fid: '0x00000007', managed: false }],
  [{ verb: 'detach', guest: 'web', functions: ['0007:00:00.0'] }],
  [{ verb: 'swap', guest: 'web', old: '0007:00:00.0', next: '0000:06:00.0' }],
  [{ verb: 'ports add', guest: 'pc', count: 2 }],
  [withVfs],
  [{ verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs: 1, hostDrivers: true, persist: true }],
  [{ verb: 'vf remove', physicalFunction: '0000:02:00.0' }, withVfs],
  [{ verb: 'vf set', virtualFunction: VF, mac: '52:54:00:00:00:01', vlan: 5, trust: true, spoofchk: false, rate: 100 }, withVfs],
  [{ verb: 'slot off', fids: ['0x00000017'] }],
  [
    { verb: 'slot on', fids: ['0x00000017'] },
    { verb: 'slot off', fids: ['0x00000017'] },
  ],
  [{ verb: 'slot reset', fids: ['0x00000017'] }],
  [{ verb: 'slot reconfigure', fids: ['0x00000017'], force: true }],
  [
    { verb: 'persistent remove', functions: ['0000:09:00.0'] },
    { verb: 'prepare', functions: ['0000:09:00.0'], persist: true },
  ],
  [{ verb: 'pool create', network: 'nets', functions: ['0000:02:00.0'], autostart: true }, withVfs],
  [{ verb: 'pool remove', network: 'none' }],
  [{ verb: 'apply', text: `formatVersion: 1\n${PARTS}`, file: WISH_FILE, timeoutSeconds: 30 }],
  [{ verb: 'apply', text: 'formatVersion: 1\nslots: []\n', file: WISH_FILE, prune: true, force: true }, withVfs],
];

describe('the command of a plan', () => {
  it.each(WISHES.map(([wish, before]) => [JSON.stringify(wish), wish, before] as const))('%s', async (_, wish, before) => {
    if (before !== undefined) expect((await scene.carryOut(before)).state).toBe('done');
    const plan = await scene.plan(wish);
    if (wish.verb === 'apply') writeFileSync(WISH_FILE, wish.text);
    const uri = `qemu+unix:///system?socket=${scene.libvirt.socket}`;
    const machine = { ...bareMachine([], { stateDirectory: scene.stateDirectory, libvirtUri: uri }), context: async () => scene.context };
    const words = (plan.command ?? '').split(' ').slice(1);
    const { stdout, stderr } = await hostdev([...words, '--dry-run', '--json'], '', machine);
    const printed = JSON.parse(stdout === '' ? `{"problems":${JSON.stringify(stderr)}}` : stdout) as { readonly items: unknown; readonly problems: unknown };
    // A pool that is made has a uuid of its own each time.
    const comparable = (items: unknown): string => JSON.stringify(items).replaceAll(/<uuid>[^<]*<\/uuid>/g, '');
    expect({ problems: printed.problems, items: JSON.parse(comparable(printed.items)) as unknown }).toEqual({
      problems: plan.answer.problems,
      items: JSON.parse(comparable(plan.answer.items)) as unknown,
    });
  });
});
