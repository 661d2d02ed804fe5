import { describe, expect, it } from 'vitest';
import { fleetInMemory } from '../../test/fleet/fleet-in-memory.ts';
import { claimOf, hostRecord, publishedOf } from '../../test/fleet/fleet-records.ts';
import { everyHost } from './fleet-hosts.ts';
import { aliveKey, claimKey, inventoryKey } from './model/keys.ts';
import { formatRecord } from './model/record.ts';
import { asChecked, checkFleet } from './model/fleet-check.ts';
import { readFleetView, readWholeFleet } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

const record = (host: string): ReturnType<typeof hostRecord> => hostRecord([publishedOf(0, {}, host)], { host });

describe('hosts of a fleet', () => {
  it('are kept where they are wanted, and read all the same where they are not', async () => {
    const { store } = await fleetInMemory(record('kvm1'), record('kvm2'));
    await store.commit({ compares: [], operations: [{ kind: 'put', key: inventoryKey('kvm3'), value: new Uint8Array([1]) }] });
    const { hosts, problems } = await readFleetView(store, ({ record: { host } }) => host === 'kvm2');
    expect([hosts.map((each) => each.record.host), problems.map(({ code, subject }) => [code, subject])]).toEqual([
      ['kvm2'],
      [['fleet-record-malformed', inventoryKey('kvm3')]],
    ]);
  });

  it('each see the claims of their own functions, and of those of the machine that they are partitions of', async () => {
    const { store } = await fleetInMemory(record('lpar1'), record('lpar2'), record('lpar3'));
    const ofMachine = publishedOf(0, { key: 'cpc/8561-1/000000a1' });
    const own = publishedOf(0, {}, 'lpar2');
    for (const { key } of [ofMachine, own]) {
      const claim = formatRecord(claimOf(publishedOf(0, { key })).record);
      await store.commit({ compares: [], operations: [{ kind: 'put', key: claimKey(key), value: claim }] });
    }
    const seen: unknown[] = [];
    const refuse = ({ message }: { message: string }): void => expect.fail(message);
    for await (const { host, claims } of everyHost(store, {}, refuse)) {
      seen.push([host.record.host, ...[ofMachine, own].map(({ key }) => claims.of(key) !== undefined)]);
    }
    expect(seen).toEqual([
      ['lpar1', true, false],
      ['lpar2', true, true],
      ['lpar3', true, false],
    ]);
  });
});

describe('a whole fleet', () => {
  const free = publishedOf(0);
  const held = publishedOf(0, { verdict: 'held', heldBy: ['web'] });

  it.each([1, 2, 3, 4, 5, 6, 7])('is as it was at one time, although a function is attached after list %i', async (after) => {
    const fleet = await fleetInMemory(hostRecord([free]));
    const claim = (state: 'claimed' | 'attached'): Uint8Array => formatRecord(claimOf(free, { state }).record);
    const put = async (key: string, value: Uint8Array): Promise<unknown> => fleet.store.commit({ compares: [], operations: [{ kind: 'put', key, value }] });
    await put(claimKey(free.key), claim('claimed'));
    await fleet.memory.open().alive(aliveKey('kvm1'), new Uint8Array([1]), 60);
    let lists = 0;
    const store: FleetStore = {
      ...fleet.store,
      list: async (...asked) => {
        const page = await fleet.store.list(...asked);
        lists += 1;
        if (lists === after) {
          await put(claimKey(free.key), claim('attached'));
          await fleet.publish(hostRecord([held]));
        }
        return page;
      },
    };
    expect(checkFleet(await readWholeFleet(store, asChecked))).toEqual([]);
    expect(lists).toBe(7);
  });

  it('to be checked has of functions those that somebody claims or holds', async () => {
    const { store } = await fleetInMemory(hostRecord([publishedOf(1), held, publishedOf(2)]));
    await store.commit({ compares: [], operations: [{ kind: 'put', key: claimKey(publishedOf(2).key), value: formatRecord(claimOf(publishedOf(2)).record) }] });
    const { hosts } = await readWholeFleet(store, asChecked);
    expect(hosts.flatMap((each) => each.record.functions.map(({ key }) => key))).toEqual([held.key, publishedOf(2).key]);
  });
});
