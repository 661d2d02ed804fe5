/** Wishes of `apply` and `diff` that name a function by a mapping, on a host of a fleet in a directory, by command lines alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/cli/machine.ts';
import { type FakeLibvirt, startFakeLibvirt } from '../../src/testing/fake-libvirt/fake-libvirt.ts';
import type { FakeGuest } from '../../src/testing/fake-libvirt/guest.ts';
import { onZ } from '../guests.ts';
import { commandsOf, fakeFleetHost, GPUS } from './fake-fleet-host.ts';

let directory: string;
let libvirt: FakeLibvirt;
let web: FakeGuest;
let machine: Machine;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'hostdev-fleet-'));
  libvirt = await startFakeLibvirt();
  web = libvirt.qemu.start(libvirt.qemu.define(onZ('web')), false);
  libvirt.qemu.define(onZ('db'));
  machine = fakeFleetHost(directory, libvirt, GPUS);
});
afterEach(async () => {
  await libvirt.stop();
  rmSync(directory, { recursive: true });
});

const { run, done, enrolled, claims } = commandsOf(() => ({ machine, directory }));

const guest = (name: string, ...functions: readonly string[]): string =>
  `  - guest: ${name}\n    hostdevs:\n${functions.map((each) => `      - function: ${each}\n`).join('')}`;
const wish = (...guests: readonly string[]): string => {
  const file = join(directory, 'wish.yaml');
  writeFileSync(file, `formatVersion: 1\nguests:\n${guests.join('')}`);
  return file;
};
const A10 = '{ mapping: gpu-a10 }';

describe('a guest of a wish has a function by the name of a mapping', { timeout: 300_000 }, () => {
  it('the one that the dry run shows, which claims nothing; applied again it keeps it, and nothing differs', async () => {
    await enrolled();
    const file = wish(guest('web', A10));
    const plan = await done(`apply -f ${file} --dry-run`, 3);
    const [address = ''] = /0000:0[34]:00\.0/.exec(plan) ?? [];
    expect(await done(`diff -f ${file}`, 3)).toContain(address);
    expect([address === '', await claims(), web.live?.includes('<hostdev')]).toEqual([false, [], false]);
    expect(await done(`apply -f ${file} -y`)).toContain(address);
    const held = [`${address.slice(5)} web attached gpu-a10`];
    expect(await claims()).toEqual(held);
    // Whatever is claimed for it besides, and however often.
    await done('fleet claim gpu-a10 --for web');
    expect(await done(`apply -f ${file} -y`)).toMatch(/as they were before/);
    await done(`diff -f ${file}`);
    expect(await claims()).toEqual(expect.arrayContaining(held));
    expect(web.live?.match(/<hostdev/g)).toHaveLength(1);
  });

  it('what was claimed for it by that mapping, whoever else wants one', async () => {
    await enrolled();
    await done('fleet claim kvm1/04:00.0 --for other');
    await done('fleet claim gpu-a10 --for web');
    await done('fleet release host/kvm1/0000:04:00.0');
    await done(`apply -f ${wish(guest('db', A10), guest('web', A10))} -y`);
    expect(await claims()).toEqual(['03:00.0 web attached gpu-a10', '04:00.0 db attached gpu-a10']);
  });

  it('never one that the wish gives to another guest, by a mapping or by its address', async () => {
    await enrolled();
    await done(`apply -f ${wish(guest('db', A10), guest('web', '"04:00.0"'))} -y`);
    expect(await claims()).toEqual(['03:00.0 db attached gpu-a10', '04:00.0 web attached ']);
    libvirt.qemu.define(onZ('third'));
    const { status, stderr } = await run(`apply -f ${wish(guest('db', A10), guest('web', '"04:00.0"'), guest('third', A10))} -y`);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/wish\.yaml:11:\d+: 1 of gpu-a10 cannot be claimed on kvm1: none of 2 is free \[claim-none-free\]/),
    ]);
    expect(await claims()).toEqual(['03:00.0 db attached gpu-a10', '04:00.0 web attached ']);
  });

  it('that another guest had before, and gives back in the same wish', async () => {
    await enrolled();
    const before = wish(guest('web', '"04:00.0"'));
    await done(`apply -f ${before} -y`);
    const after = wish(guest('db', '"04:00.0"'));
    await done(`apply -f ${after} --prune -y`);
    expect(await claims()).toEqual(['04:00.0 db attached ']);
    await done(`apply -f ${after} --prune -y`);
    expect(await claims()).toEqual(['04:00.0 db attached ']);
  });

  it('that its guest keeps, claim and all, where another one was to get it and does not', async () => {
    await enrolled('--require-claims');
    await done('fleet claim kvm1/04:00.0 --for web --until 2027-01-01');
    await done(`apply -f ${wish(guest('web', '"04:00.0"'))} -y`);
    const claim = async (): Promise<unknown> =>
      (JSON.parse(await done('fleet claims --json')) as { items: { token: string }[] }).items.map((each) => ({ ...each, token: null }));
    const before = await claim();
    const { status, stderr } = await run(`apply -f ${wish(guest('db', '"04:00.0"'))} --prune -y`);
    expect([status, stderr]).toEqual([1, expect.stringContaining('[claim-missing]')]);
    expect([await claim(), web.live?.includes('<hostdev')]).toEqual([before, true]);
  });

  it('and gets it otherwise under the claim that it has', async () => {
    await enrolled('--require-claims');
    await done('fleet claim kvm1/04:00.0 --for web');
    await done(`apply -f ${wish(guest('web', '"04:00.0"'))} -y`);
    await done(`apply -f ${wish('  - guest: web\n    hostdevs:\n      - function: "04:00.0"\n        managed: false\n')} -y`);
    expect([await claims(), web.live]).toEqual([['04:00.0 web attached '], expect.stringContaining("managed='no'")]);
  });

  it('and not by the name of a function of it besides: both places are named, and nothing is changed', async () => {
    await enrolled();
    for (const [first, second] of [
      ['"04:00.0"', A10],
      [A10, '{ match: { vendor: "0x10de", device: "0x2236", place: "0000:04:00.0" } }'],
    ] as const) {
      const file = wish(guest('db', '{ mapping: pair }'), guest('web', first, second));
      for (const line of [`apply -f ${file} -y`, `diff -f ${file}`]) {
        const { status, stderr } = await run(line);
        const [here, there] = first === A10 ? [8, 9] : [9, 8];
        const words = `web has a function by mapping:gpu-a10, and 0000:04:00.0 of it at`;
        expect([status, stderr]).toEqual([
          2,
          expect.stringMatching(new RegExp(`wish\\.yaml:${here}:\\d+: ${words} \\S*wish\\.yaml:${there}:\\d+ \\[wish-conflict\\]`)),
        ]);
      }
    }
    expect([await claims(), web.live?.includes('<hostdev')]).toEqual([[], false]);
    // Functions that are of no such mapping are other ones.
    await done(`apply -f ${wish(guest('web', '"05:00.0"', '"05:00.1"', A10))} -y`);
    expect(web.live?.match(/<hostdev/g)).toHaveLength(3);
  });

  it('with the rest of its group where the mapping says so; and gives it back when the wish is pruned', async () => {
    await enrolled();
    const both = ['05:00.0 web attached pair', '05:00.1 web attached pair'];
    await done(`apply -f ${wish(guest('web', '{ mapping: pair }'))} -y`);
    expect(await claims()).toEqual(both);
    expect(await done(`apply -f ${wish(guest('web', '{ mapping: pair }'))} --prune -y`)).toMatch(/as they were before/);
    expect(await claims()).toEqual(both);
    await done(`apply -f ${wish(guest('web', A10))} --prune -y`);
    expect(await claims()).toEqual(['04:00.0 web attached gpu-a10']);
  });

  it('and all of the wish is undone, claims too, when libvirt refuses a part of it', async () => {
    await enrolled();
    web.failAttach = { live: 'operation failed: no' };
    const { status, stderr } = await run(`apply -f ${wish(guest('db', A10), guest('web', A10))} -y`);
    expect([status, stderr]).toEqual([1, expect.stringContaining('[libvirt-refused]')]);
    expect([await claims(), web.live?.includes('<hostdev')]).toEqual([[], false]);
  });

  it('only what is claimed, where the fleet wants that', async () => {
    await enrolled('--require-claims');
    const file = wish(guest('web', A10));
    expect(await run(`apply -f ${file} -y`)).toMatchObject({ status: 1, stderr: expect.stringMatching(/wish\.yaml:5:\d+: .*\[claim-missing\]/) as string });
    await done('fleet claim gpu-a10 --for web --host kvm1');
    await done(`apply -f ${file} -y`);
    expect(await claims()).toEqual([expect.stringMatching(/web attached gpu-a10/)]);
  });

  it.each([
    ['a mapping that there is not', '{ mapping: nic }', 1, 'mapping-unknown'],
    ['a name that is none', '{ mapping: GPU }', 2, 'wish-malformed'],
    ['a mapping beside an id', '{ mapping: gpu-a10, fid: "0x17" }', 2, 'wish-malformed'],
  ])('but not by %s: one problem, with its place, and nothing is changed', async (_, written, status, code) => {
    await enrolled();
    const found = await run(`apply -f ${wish(guest('web', written))} -y`);
    expect([found.status, found.stderr.match(/\[[a-z-]+\]/g), found.stderr]).toEqual([status, [`[${code}]`], expect.stringMatching(/wish\.yaml:5:\d+: /)]);
    expect([await claims(), web.live?.includes('<hostdev')]).toEqual([[], false]);
  });

  it('but not on a machine that is of no fleet: one problem, with its place', async () => {
    for (const line of [`apply -f ${wish(guest('web', A10))} -y`, `diff -f ${wish(guest('web', A10))}`]) {
      const { status, stderr } = await run(line);
      expect([status, stderr.match(/\[[a-z-]+\]/g), stderr]).toEqual([
        1,
        ['[fleet-absent]'],
        expect.stringMatching(/wish\.yaml:5:\d+: this machine is of no fleet/),
      ]);
    }
    expect(web.live?.includes('<hostdev')).toBe(false);
  });

  it('and on a copy of a machine nobody is asked: it is for later', async () => {
    writeFileSync(join(directory, 'host.json'), await done('snapshot'));
    const found = await run(`diff -f ${wish(guest('web', A10))} --host ${directory}/host.json`);
    expect(found).toMatchObject({ status: 3, stdout: expect.stringContaining('web has mapping:gpu-a10') as string });
  });
});
