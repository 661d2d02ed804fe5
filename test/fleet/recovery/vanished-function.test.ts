import { describe, expect, it } from 'vitest';
import { check, claims, done, fleetOf, GPU, machine, PATIENCE, run, saidCommand, useFleet } from './fleet-of-machines.ts';

useFleet();

describe('a claim whose function has gone from its host', PATIENCE, () => {
  const KEY = `host/kvm1/${GPU.address}`;

  it('is named before and after its agent has looked, and released by the command that is said', async () => {
    await fleetOf(machine(1, [GPU]));
    await done(machine(1, [GPU]), `fleet claim kvm1/${GPU.address} --for web`);
    const now = machine(1, []);
    expect(await done(now, 'agent --once')).toContain('it is lost: the host has no such function any more');
    expect(await claims(now)).toEqual([`${KEY} web lost`]);
    const found = await check(now, 'kvm1');
    expect(found.map(({ code }) => code)).toEqual(['claim-lost']);
    expect(await run(now, `attach web ${GPU.address} -y`)).toMatchObject({ status: 1 });
    await done(now, saidCommand(found[0] as (typeof found)[0]));
    expect([await claims(now), await check(now, 'kvm1')]).toEqual([[], []]);
  });

  it('is whole again by itself when the card is put back', async () => {
    await fleetOf(machine(1, [GPU]));
    await done(machine(1, [GPU]), `fleet claim kvm1/${GPU.address} --for web`);
    await done(machine(1, []), 'agent --once');
    await done(machine(1, [GPU]), 'agent --once');
    const again = machine(1, [GPU]);
    expect([await claims(again), await check(again, 'kvm1')]).toEqual([[`${KEY} web claimed`], []]);
  });
});
