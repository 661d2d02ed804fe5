import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onZ } from '../../guests.ts';
import { check, claims, directory, done, fleetOf, GPU, libvirt, machine, PATIENCE, run, saidCommand, useFleet } from './fleet-of-machines.ts';

useFleet();

const DISKS = ['state1', 'fleet'];

describe('a host that comes back after its power was lost in the middle of an attach', PATIENCE, () => {
  it('is named with what to run there; then its claim is the one of a guest that has not got it yet', async () => {
    const one = machine(1, [GPU]);
    await fleetOf(one, machine(2, []));
    const web = libvirt.qemu.start(libvirt.qemu.define(onZ('web')), false);
    await done(one, `fleet claim kvm1/${GPU.address} --for web`);
    // What the disks have when the guest gets the device is all that is left.
    const keep = (): void => {
      for (const disk of DISKS) cpSync(join(directory, disk), join(directory, `${disk}.kept`), { recursive: true });
    };
    libvirt.qemu.listeners.add(keep);
    await done(one, `attach web ${GPU.address} -y`);
    libvirt.qemu.listeners.delete(keep);
    for (const disk of DISKS) {
      rmSync(join(directory, disk), { recursive: true });
      cpSync(join(directory, `${disk}.kept`), join(directory, disk), { recursive: true });
    }
    Object.assign(web, { live: undefined, id: -1, config: onZ('web') });
    const [back, two] = [machine(1, [GPU], { boot: 2 }), machine(2, [])];
    const KEY = `host/kvm1/${GPU.address}`;
    expect(await claims(two)).toEqual([`${KEY} web attaching`]);
    expect((await check(two, 'kvm2')).map(({ code }) => code)).toEqual(['host-silent']);
    expect(await run(back, 'status')).toMatchObject({ status: 1, stdout: expect.stringContaining('interrupted') as string });
    // The agent that starts with the machine looks, and says it to all.
    const told = await run(back, 'agent --once');
    expect([told.status, told.stderr]).toEqual([1, expect.stringContaining('[recovery-needed]')]);
    const found = await check(two, 'kvm1', 'kvm2');
    expect(found.map(({ code }) => code)).toEqual(['claim-stuck']);
    const [stuck] = found as [(typeof found)[0]];
    expect(stuck).toMatchObject({ message: expect.stringContaining('interrupted') as string, hint: "'hostdev recover' on kvm1" });
    expect(await run(two, `fleet release kvm1/${GPU.address}`)).toMatchObject({ status: 1 });
    await done(back, saidCommand(stuck));
    await done(back, 'agent --once');
    expect([await claims(two), await check(two, 'kvm1', 'kvm2')]).toEqual([[`${KEY} web claimed`], []]);
    expect(await done(back, 'status')).not.toContain('interrupted');
    libvirt.qemu.start(web, false);
    await done(back, `attach web ${GPU.address} -y`);
    expect(await claims(two)).toEqual([`${KEY} web attached`]);
  });
});
