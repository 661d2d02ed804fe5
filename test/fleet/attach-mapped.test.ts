/** `attach` and `detach GUEST mapping:NAME` on a host of a fleet in a directory, by command lines alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import type { FakeGuest } from '../../src/testing/fake-libvirt/guest.ts';
import { onZ } from '../guests.ts';
import { commandsOf, fakeFleetHost, gpu, GPUS } from './fake-fleet-host.ts';

let directory: string;
let libvirt: FakeLibvirt;
let web: FakeGuest;
let machine: Machine;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  libvirt = await startFakeLibvirt();
  web = libvirt.qemu.start(libvirt.qemu.define(onZ('web')), false);
  machine = fakeFleetHost(directory, libvirt, GPUS);
});
afterEach(async () => {
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

const { run, done, enrolled, claims } = commandsOf(() => ({ machine, directory }));

describe('a guest is given a function by the name of a mapping', { timeout: 120_000 }, () => {
  it('the one that was claimed for it by that mapping, also where its uuid says who it is', async () => {
    await enrolled();
    await done('fleet claim kvm1/04:00.0 --for web');
    await done('fleet claim gpu-a10 --for other');
    expect(await run('attach web mapping:gpu-a10 -y')).toMatchObject({ status: 1, stderr: expect.stringContaining('[claim-none-free]') as string });
    await done('fleet release host/kvm1/0000:04:00.0');
    await done(`fleet claim gpu-a10 --for ${web.uuid}`);
    expect(await done('attach web mapping:gpu-a10 -y')).toMatch(/^0000:04:00\.0 attached to web/);
    expect(await claims()).toEqual(['03:00.0 other claimed gpu-a10', `04:00.0 ${web.uuid} attached gpu-a10`]);
  });

  it('one that is claimed on the way, the very one that the dry run shows, which claims nothing; and no second one when it is asked for again', async () => {
    await enrolled();
    const plan = await done('attach web mapping:gpu-a10 --dry-run');
    const [address = ''] = /0000:0[34]:00\.0/.exec(plan) ?? [];
    expect(address).not.toBe('');
    expect([await claims(), web.live?.includes('<hostdev')]).toEqual([[], false]);
    expect(await done('attach web mapping:gpu-a10 -y')).toContain(`${address} attached to web`);
    const held = [`${address.slice(5)} web attached gpu-a10`];
    expect(await claims()).toEqual(held);
    expect(await done('attach web mapping:gpu-a10 -y')).toBe(`${address} is attached to web, as it was before\n`);
    expect(await claims()).toEqual(held);
    await done(`detach web ${address} -y`);
    expect(await claims()).toEqual([]);
  });

  it('another one when that was claimed for it besides', async () => {
    await enrolled();
    await done('attach web mapping:gpu-a10 -y');
    await done('fleet claim gpu-a10 --for web');
    await done('attach web mapping:gpu-a10 -y');
    expect(await claims()).toEqual(['03:00.0 web attached gpu-a10', '04:00.0 web attached gpu-a10']);
  });

  it('with the rest of its group where the mapping says so, claimed before or not', async () => {
    await enrolled();
    await done('attach web mapping:pair -y');
    const both = ['05:00.0 web attached pair', '05:00.1 web attached pair'];
    expect(await claims()).toEqual(both);
    expect((await done('attach web mapping:pair -y')).split('\n')).toHaveLength(3);
    await done('detach web 05:00.0 05:00.1 -y --keep-claim');
    expect(await claims()).toEqual(both.map((each) => each.replace('attached', 'claimed')));
    await done('attach web mapping:pair -y');
    expect(await claims()).toEqual(both);
  });

  it('and gives back all that it has by it, and nothing else, whatever is claimed besides', async () => {
    await enrolled();
    await done('attach web 03:00.0 -y');
    await done('attach web mapping:gpu-a10 -y');
    await done('attach web mapping:pair -y');
    const before = ['03:00.0 web attached ', '04:00.0 web attached gpu-a10', '05:00.0 web attached pair', '05:00.1 web attached pair'];
    expect(await claims()).toEqual(before);
    expect(await done('detach web mapping:pair --dry-run')).toMatch(/05:00\.0[^]*05:00\.1/);
    expect(await claims()).toEqual(before);
    expect((await done('detach web mapping:pair -y')).split('\n')).toHaveLength(3);
    expect(await done('detach web mapping:gpu-a10 -y --keep-claim')).toMatch(/^0000:04:00\.0 detached from web/);
    expect(await claims()).toEqual(['03:00.0 web attached ', '04:00.0 web claimed gpu-a10']);
    expect(web.live?.match(/<hostdev/g)).toHaveLength(1);
    for (const line of ['detach web mapping:gpu-a10 -y', 'detach web mapping:gpu-a10 --dry-run']) {
      expect(await done(line)).toBe('nothing of the mapping gpu-a10 is attached to web, as it was before\n');
    }
    const { changed, items } = JSON.parse(await done('detach web mapping:pair -y --json')) as { changed: boolean; items: { functions: object[] }[] };
    expect([changed, items.map(({ functions }) => functions)]).toEqual([false, [[]]]);
    expect(await claims()).toEqual(['03:00.0 web attached ', '04:00.0 web claimed gpu-a10']);
  });

  it.each([
    ['a mapping that there is not', 'web mapping:nic', 1, 'mapping-unknown'],
    ['a guest that there is not', 'db mapping:gpu-a10', 1, 'guest-unknown'],
    ['an address beside it', 'web 03:00.0 mapping:gpu-a10', 2, 'option-conflict'],
    ['a definition in a file', './web.xml mapping:gpu-a10', 2, 'option-conflict'],
    ['a MAC address', 'web mapping:gpu-a10 --mac 52:54:00:00:00:01', 2, 'option-conflict'],
  ])('and is not asked to give back by %s', async (_, words, status, code) => {
    await enrolled();
    await done('attach web mapping:gpu-a10 -y');
    const found = await run(`detach ${words} -y`);
    expect([found.status, found.stderr.match(/^hostdev: /gm), found.stderr]).toEqual([status, ['hostdev: '], expect.stringContaining(`[${code}]`)]);
    expect(await claims()).toEqual(['04:00.0 web attached gpu-a10']);
  });

  it('and nothing stays claimed when libvirt refuses it', async () => {
    await enrolled();
    web.failAttach = { live: 'operation failed: no' };
    expect(await run('attach web mapping:gpu-a10 -y')).toMatchObject({ status: 1, stderr: expect.stringContaining('[libvirt-refused]') as string });
    expect(await claims()).toEqual([]);
  });

  it('only what is claimed, where the fleet wants that', async () => {
    await enrolled('--require-claims');
    for (const more of ['--dry-run', '-y']) {
      const { status, stderr } = await run(`attach web mapping:gpu-a10 ${more}`);
      expect([status, stderr]).toEqual([1, expect.stringMatching(/\[claim-missing\]\n {2}hint: hostdev fleet claim gpu-a10 --for web --host kvm1\n/)]);
    }
    await done('fleet claim gpu-a10 --for web --host kvm1');
    expect(await done('attach web mapping:gpu-a10 -y')).toContain('attached to web');
  });

  it('and is told when what is claimed for it has gone from the host', async () => {
    await enrolled();
    await done('fleet claim kvm1/03:00.0 --for other');
    await done('fleet claim gpu-a10 --for web');
    machine = fakeFleetHost(directory, libvirt, [gpu(3, 3)]);
    const { status, stderr } = await run('attach web mapping:gpu-a10 -y');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/kvm1 0000:04:00\.0, which mapping gpu-a10 stands for, is gone .*\[function-vanished\]/)]);
  });

  it.each([
    ['a mapping that there is not', 'web mapping:nic', 1, 'mapping-unknown'],
    ['a name that is none', 'web mapping:GPU', 2, 'usage'],
    ['a guest that there is not', 'db mapping:gpu-a10', 1, 'guest-unknown'],
    ['two of them', 'web mapping:gpu-a10 mapping:pair', 2, 'option-conflict'],
    ['an address beside it', 'web 03:00.0 mapping:gpu-a10', 2, 'option-conflict'],
    ['a definition in a file', './web.xml mapping:gpu-a10', 2, 'option-conflict'],
    ['a monitor', 'qmp:/nowhere/web.qmp mapping:gpu-a10', 2, 'option-conflict'],
    ['its group, which is the mapping to say', 'web mapping:gpu-a10 --group', 2, 'option-conflict'],
    ['another machine', 'web mapping:gpu-a10 --root /nowhere --dry-run', 2, 'option-conflict'],
    ['a pool', 'web mapping:gpu-a10 --pool net', 2, 'option-conflict'],
  ])('but not with %s: one message, and nothing is changed', async (_, words, status, code) => {
    await enrolled();
    const found = await run(`attach ${words} -y`);
    expect([found.status, found.stderr.match(/^hostdev: /gm), found.stderr]).toEqual([status, ['hostdev: '], expect.stringContaining(`[${code}]`)]);
    expect([await claims(), web.live?.includes('<hostdev')]).toEqual([[], false]);
  });

  it('but not on a machine that is of no fleet, whether libvirt answers or not', async () => {
    const { status, stderr } = await run('attach web mapping:gpu-a10 -y -c qemu+unix:///system?socket=/nowhere/libvirt-sock');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^hostdev: this machine is of no fleet.*\[fleet-absent\]\n {2}hint: /)]);
  });
});
