import { describe, expect, it } from 'vitest';
import { decodeHostRecord, encodeHostRecord } from '../../../src/fleet/host-record-bytes.ts';
import { inventoryKey } from '../../../src/fleet/model/keys.ts';
import type { HostRecord } from '../../../src/fleet/model/records.ts';
import { readPublished } from '../../../src/fleet/published.ts';
import { check, directory, done, fleetOf, GPU, machine, PATIENCE, run, useFleet, withStore } from './fleet-of-machines.ts';

useFleet();

const tells = async (host: string, otherwise: object): Promise<void> =>
  withStore(async (store) => {
    const { entries } = await store.get([inventoryKey(host)]);
    const { record } = await decodeHostRecord(entries[0] as (typeof entries)[0]);
    const value = await encodeHostRecord({ ...record, ...otherwise } as HostRecord);
    await store.commit({ compares: [], operations: [{ kind: 'put', key: inventoryKey(host), value }] });
  });

describe('hosts of a fleet with different versions of hostdev', PATIENCE, () => {
  it('are named, the older one with what to do there; when its agent is of the same version nothing is left', async () => {
    const [one, two] = [machine(1, [GPU]), machine(2, [GPU])];
    await fleetOf(one, two);
    for (const host of ['kvm1', 'kvm2']) await tells(host, { hostdev: host === 'kvm1' ? '0.9.0' : '0.10.0' });
    const found = await check(two, 'kvm1', 'kvm2');
    expect(found.map(({ code, message }) => [code, message])).toEqual([['fleet-versions', 'kvm1 runs hostdev 0.9.0, and kvm2 runs 0.10.0']]);
    expect(found[0]?.hint).toContain('systemctl restart hostdev-agent');
    for (const each of [one, two]) await done(each, 'agent --once');
    expect(await check(two, 'kvm1', 'kvm2')).toEqual([]);
  });

  it('that do not understand each other: the newer record is named and left as it is, until that version is here or its host is made anew', async () => {
    const [one, two] = [machine(1, [GPU]), machine(2, [GPU])];
    await fleetOf(one, two);
    await tells('kvm2', { version: 2, hostdev: '9.0.0' });
    const found = await check(one, 'kvm1', 'kvm2');
    expect(found.map(({ code }) => code)).toEqual(['fleet-record-newer']);
    expect(found[0]?.hint).toContain('install that one here');
    // An older agent on that host writes nothing over it.
    expect(await run(two, 'agent --once')).toMatchObject({ status: 1, stderr: expect.stringContaining('[fleet-record-newer]') as string });
    expect(await withStore(async (store) => readPublished(store, 'kvm2').catch(({ code }: { code: string }) => code))).toBe('fleet-record-newer');
    await done(one, 'fleet forget kvm2 --fenced -y');
    await done(two, `fleet join dir:${directory}/fleet --name kvm2`);
    expect(await check(one, 'kvm1', 'kvm2')).toEqual([]);
  });
});
