import { describe, expect, it } from 'vitest';
import { hostdev, onZ } from '../../guests.ts';
import type { Machine } from '../../../src/cli/machine.ts';
import { check, claims, done, fleetOf, GPU, libvirt, machine, PATIENCE, qemuOf, run, saidCommand, useFleet } from './fleet-of-machines.ts';

useFleet();

const FUNCTION = { ...GPU, address: '0003:00:00.0' };
const KEY = `host/kvm1/${FUNCTION.address}`;

/** `web` runs with the function; when it gives that back, its QEMU lets go. */
async function withRunningGuest(): Promise<{ readonly one: Machine; readonly stop: () => void }> {
  await fleetOf(machine(1, [FUNCTION]));
  const one = machine(1, [FUNCTION], { files: qemuOf('web', FUNCTION.iommuGroup) });
  const { port } = await one.context();
  const web = libvirt.qemu.start(libvirt.qemu.define(onZ('web', hostdev('0x0003'))), false);
  const letGo = (): void => void port.replaceFile('/proc/42/fd/9', undefined);
  libvirt.qemu.listeners.add(({ kind }) => {
    if (kind === 'removed') letGo();
  });
  return {
    one,
    stop: () => {
      letGo();
      libvirt.qemu.guests.delete(web.uuid);
    },
  };
}

describe('a guest that was started past hostdev', PATIENCE, () => {
  it('is named with what it has, keeps others from it, and is settled by the command that is said', async () => {
    const { one } = await withRunningGuest();
    expect(await done(one, 'agent --once')).toContain('web has it, and nobody claimed it');
    expect(await claims(one)).toEqual([`${KEY} web attached`]);
    const found = await check(one, 'kvm1');
    expect(found.map(({ code }) => code)).toEqual(['claim-foreign']);
    expect(await run(one, `fleet claim kvm1/${FUNCTION.address} --for db`)).toMatchObject({ status: 1 });
    await done(one, `${saidCommand(found[0] as (typeof found)[0])} -y`);
    await done(one, 'agent --once');
    expect([await claims(one), await check(one, 'kvm1')]).toEqual([[], []]);
  });

  it('has a claim that goes by itself with the guest', async () => {
    const { one, stop } = await withRunningGuest();
    await done(one, 'agent --once');
    stop();
    await done(one, 'agent --once');
    expect([await claims(one), await check(one, 'kvm1')]).toEqual([[], []]);
  });

  it('with what was claimed for another guest is named with both, by agent and check, until it is shut down', async () => {
    const { one, stop } = await withRunningGuest();
    await done(machine(1, [FUNCTION]), `fleet claim kvm1/${FUNCTION.address} --for db`);
    const told = await run(one, 'agent --once');
    expect([told.status, told.stderr]).toEqual([1, expect.stringContaining('[claim-disagrees]')]);
    const found = await check(one, 'kvm1');
    expect(found.map(({ code }) => code)).toEqual(['claim-disagrees']);
    expect(found[0]).toMatchObject({
      message: expect.stringContaining('kvm1 sees it with web') as string,
      hint: expect.stringContaining('shut web down') as string,
    });
    stop();
    await done(one, 'agent --once');
    expect([await claims(one), await check(one, 'kvm1')]).toEqual([[`${KEY} db claimed`], []]);
  });
});
