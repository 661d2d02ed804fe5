import { describe, expect, it } from 'vitest';
import { claimOf, hostRecord, mappingOf, publishedOf } from '../../test/fleet/fleet-records.ts';
import { mappedDefinition } from '../../test/fleet/mapped-definition.ts';
import { fleetInMemory, type TestFleet } from '../../test/fleet/fleet-in-memory.ts';
import { everyHost, type HostOfFleet } from './fleet-hosts.ts';
import { functionItems, hostItem } from './fleet-items.ts';
import { claimKey, inventoryKey } from './model/keys.ts';
import { formatRecord } from './model/record.ts';
import type { HostRecord } from './model/records.ts';
import { type FleetPage, pageOfClaims, pageOfFunctions, pageOfHosts } from './pages.ts';
import { placeInStore, placeOnOne } from './place-in-store.ts';
import { placerOf } from './placement/place.ts';
import { fleetPlacement } from './items/placement.ts';
import { readWholeFleet } from './read-fleet.ts';
import type { FleetStore } from './store/store.ts';

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `kvm${at + 1}`);

/** Hosts with that many functions each; every third is in use, and the last is a network card. */
function host(name: string, functions: number): HostRecord {
  const of = (slot: number): ReturnType<typeof publishedOf> =>
    publishedOf(
      slot,
      { ...(slot % 3 === 2 ? { verdict: 'in use' } : {}), ...(slot === functions - 1 ? { class: '0x020000', vendor: '0x8086', numaNode: 1 } : {}) },
      name,
    );
  return hostRecord(
    Array.from({ length: functions }, (_, slot) => of(slot)),
    { host: name },
  );
}

const fleetOf = async (hosts: number, functions: number): Promise<TestFleet> => fleetInMemory(...names(hosts).map((name) => host(name, functions)));

async function claim(fleet: TestFleet, name: string, slot: number, guest: string): Promise<void> {
  const { record } = claimOf(publishedOf(slot, {}, name), { host: name, guest });
  await fleet.store.commit({ compares: [], operations: [{ kind: 'put', key: claimKey(record.function), value: formatRecord(record) }] });
}

async function damage(fleet: TestFleet, name: string): Promise<void> {
  await fleet.store.commit({ compares: [], operations: [{ kind: 'put', key: inventoryKey(name), value: new Uint8Array(3) }] });
}

async function all<Item>(page: (after: string | undefined) => Promise<FleetPage<Item>>): Promise<{ readonly items: Item[]; readonly sizes: number[] }> {
  const items: Item[] = [];
  const sizes: number[] = [];
  let after: string | undefined;
  do {
    const found = await page(after);
    items.push(...found.items);
    sizes.push(found.items.length);
    after = found.next ?? undefined;
  } while (after !== undefined);
  return { items, sizes };
}

async function everything(fleet: TestFleet): Promise<HostOfFleet[]> {
  const found: HostOfFleet[] = [];
  for await (const each of everyHost(fleet.store, {}, () => undefined)) found.push(each);
  return found;
}

describe('pages of a fleet', () => {
  it('of hosts have all of them once, in the order of the list, a hundred at a time', async () => {
    const fleet = await fleetOf(230, 2);
    await claim(fleet, 'kvm7', 0, 'web');
    const { items, sizes } = await all((after) => pageOfHosts(fleet.store, { after }));
    expect(sizes).toEqual([100, 100, 30]);
    expect(items).toEqual((await everything(fleet)).map(hostItem));
    expect(items.find((each) => each.host === 'kvm7')).toMatchObject({ free: 1, claimed: 1 });
  });

  it('of functions end in the middle of a host and go on there', async () => {
    const fleet = await fleetOf(9, 30);
    const { items, sizes } = await all((after) => pageOfFunctions(fleet.store, { free: false }, { after }));
    expect(sizes).toEqual([100, 100, 70]);
    expect(items).toEqual((await everything(fleet)).flatMap((each) => functionItems(each, { free: false })));
  });

  it('of functions that few hosts have look at no more hosts than one page of the store has, and say what to ask next', async () => {
    const fleet = await fleetOf(520, 1);
    await fleet.publish(hostRecord([publishedOf(0, { vendor: '0x1af4' }, 'zz')], { host: 'zz' }));
    const first = await pageOfFunctions(fleet.store, { vendors: ['0x1af4'], free: false }, {});
    expect(first).toMatchObject({ items: [], looked: 500, next: expect.any(String) as string });
    const { items } = await all((after) => pageOfFunctions(fleet.store, { vendors: ['0x1af4'], free: false }, { after }));
    expect(items.map((each) => each.host)).toEqual(['zz']);
  });

  it('of functions are those of the hosts that are named, each once and in order', async () => {
    const fleet = await fleetOf(5, 60);
    const { items } = await all((after) => pageOfFunctions(fleet.store, { free: false }, { after, names: ['kvm4', 'kvm2', 'kvm4'] }));
    expect([...new Set(items.map((each) => each.host))]).toEqual(['kvm2', 'kvm4']);
    expect(items).toHaveLength(120);
  });

  it('tell a host anew whose function, after which a page begins, has gone', async () => {
    const fleet = await fleetOf(2, 120);
    const { next } = await pageOfFunctions(fleet.store, { free: false }, {});
    await fleet.publish(hostRecord([publishedOf(0)], { host: 'kvm1' }));
    const page = await pageOfFunctions(fleet.store, { free: false }, { after: next ?? '' });
    expect(page.items[0]).toMatchObject({ host: 'kvm1', hostAddress: '0000:3b:00.0' });
  });

  it('of claims have those that are asked for, and go on behind the last', async () => {
    const fleet = await fleetOf(3, 60);
    for (const name of names(3)) for (let slot = 0; slot < 60; slot += 1) await claim(fleet, name, slot, slot % 4 === 0 ? 'db' : 'web');
    const { items, sizes } = await all((after) => pageOfClaims(fleet.store, { guest: 'web' }, after));
    expect(sizes).toEqual([100, 35]);
    expect(new Set(items.map((each) => each.function)).size).toBe(135);
    expect(items.every((each) => each.guest === 'web')).toBe(true);
  });

  it('of a host that is named, and not there, are refused in the words of the commands', async () => {
    const fleet = await fleetOf(2, 1);
    const unknown = { code: 'fleet-host-unknown', message: 'the fleet has no host kvm9' };
    await expect(pageOfHosts(fleet.store, { names: ['kvm1', 'kvm9'] })).rejects.toMatchObject(unknown);
    await expect(pageOfFunctions(fleet.store, { free: false }, { names: ['kvm9'] })).rejects.toMatchObject(unknown);
    await expect(pageOfClaims(fleet.store, { host: 'kvm9' })).rejects.toMatchObject(unknown);
    expect((await pageOfClaims(fleet.store, { host: 'kvm2' })).items).toEqual([]);
  });

  it('of claims of a host whose record has gone have its claims', async () => {
    const fleet = await fleetOf(2, 1);
    await claim(fleet, 'gone', 0, 'web');
    expect((await pageOfClaims(fleet.store, { host: 'gone' })).items).toMatchObject([{ host: 'gone', guest: 'web' }]);
  });

  it('of hosts that cannot be read count them, say why of a hundred, and end where a page ends', async () => {
    const fleet = await fleetOf(0, 0);
    for (let at = 0; at < 620; at += 1) await damage(fleet, `bad${String(at).padStart(3, '0')}`);
    await fleet.publish(host('zz', 1));
    for (const page of [
      async (after?: string) => pageOfHosts(fleet.store, { after }),
      async (after?: string) => pageOfFunctions(fleet.store, { free: false }, { after }),
    ]) {
      const first = await page();
      expect(first).toMatchObject({ items: [], looked: 500, unread: 500, next: 'bad499' });
      expect(first.problems).toHaveLength(100);
      const second = await page(first.next ?? '');
      expect(second).toMatchObject({ items: [{ host: 'zz' }], looked: 121, unread: 120, next: null });
    }
  });

  it('of a host with very many claims that cannot be read say why of a hundred', async () => {
    const fleet = await fleetOf(1, 1);
    for (let slot = 0; slot < 130; slot += 1) {
      const key = claimKey(publishedOf(slot, {}, 'kvm1').key);
      await fleet.store.commit({ compares: [], operations: [{ kind: 'put', key, value: new Uint8Array(3) }] });
    }
    for (const page of [
      await pageOfHosts(fleet.store, {}),
      await pageOfFunctions(fleet.store, { free: false }, { names: ['kvm1'] }),
      await pageOfClaims(fleet.store, {}),
    ]) {
      expect([page.unread, page.problems.length]).toEqual([130, 100]);
    }
  });

  it('say what of a host cannot be read, and show the others', async () => {
    const fleet = await fleetOf(2, 1);
    await damage(fleet, 'kvm1');
    const page = await pageOfHosts(fleet.store, {});
    expect(page.items.map((each) => each.host)).toEqual(['kvm2']);
    expect(page.problems).toMatchObject([{ code: 'fleet-record-malformed' }]);
    expect((await pageOfHosts(fleet.store, { names: ['kvm1'] })).problems).toMatchObject([{ code: 'fleet-record-malformed' }]);
  });

  it.each(['KVM', '../x', 'kvm1/../kvm2 x'])('are refused behind %s, which is of no page', async (after) => {
    const { store } = await fleetOf(1, 1);
    await expect(pageOfHosts(store, { after })).rejects.toMatchObject({ code: 'usage' });
    await expect(pageOfFunctions(store, { free: false }, { after })).rejects.toMatchObject({ code: 'usage' });
    await expect(pageOfClaims(store, {}, after)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('a host counts', () => {
  it('by class what is free and claimed by nobody, held by guests, and in use', async () => {
    const fleet = await fleetOf(1, 6);
    await claim(fleet, 'kvm1', 0, 'web');
    const [found] = (await pageOfHosts(fleet.store, {})).items;
    expect(found?.classes).toEqual(
      [
        { class: 'nic', functions: 1, free: 0, held: 0, inUse: 1 },
        { class: 'gpu', functions: 5, free: 3, held: 0, inUse: 1 },
      ].toSorted((a) => (a.class === 'gpu' ? -1 : 1)),
    );
  });
});

describe('a placement over a store', () => {
  const WEB = mappedDefinition('web');
  const wish = { text: WEB, file: 'web.xml', home: undefined };

  async function fleetToPlaceIn(): Promise<TestFleet> {
    const fleet = await fleetOf(4, 4);
    await fleet.setMapping(mappingOf([{ ids: '10de:2236' }]).record);
    await fleet.publish(host('empty', 0));
    for (const name of ['kvm1', 'kvm2', 'kvm3', 'empty']) await fleet.store.alive(`hostdev/v1/alive/${name}/now`, new Uint8Array(), 60);
    await claim(fleet, 'kvm3', 0, 'web');
    return fleet;
  }

  it('has of each host what is said of it alone, the best first', async () => {
    const fleet = await fleetToPlaceIn();
    const { items } = await placeInStore(fleet.store, wish);
    const whole = await readWholeFleet(fleet.store);
    const alone = whole.hosts.map(placerOf(wish, whole)).map((each) => fleetPlacement(each, null, null));
    expect(items.map((each) => ({ ...each, rank: null }))).toEqual(expect.arrayContaining(alone));
    expect(items.map(({ host: name, rank }) => [name, rank])).toEqual([
      ['kvm3', 1],
      ['kvm1', 2],
      ['kvm2', 3],
      ['kvm4', null],
      ['empty', null],
    ]);
  });

  it.each([1, 2, 3])('is of one time, although a function goes to another guest after list %i', async (after) => {
    const fleet = await fleetInMemory(hostRecord([publishedOf(0, {}, 'kvm1')], { host: 'kvm1' }));
    await fleet.setMapping(mappingOf([{ ids: '10de:2236' }]).record);
    await fleet.store.alive('hostdev/v1/alive/kvm1/now', new Uint8Array(), 60);
    let lists = 0;
    const store: FleetStore = {
      ...fleet.store,
      list: async (...asked) => {
        const page = await fleet.store.list(...asked);
        lists += 1;
        if (lists === after) {
          await claim(fleet, 'kvm1', 0, 'db');
          await fleet.publish(hostRecord([publishedOf(0, { verdict: 'held', heldBy: ['db'] }, 'kvm1')], { host: 'kvm1' }));
        }
        return page;
      },
    };
    expect((await placeInStore(store, wish)).items).toMatchObject([{ host: 'kvm1', fits: true, reasons: [] }]);
    expect((await placeInStore(fleet.store, wish)).items).toMatchObject([{ host: 'kvm1', fits: false }]);
  });

  it('on one host gives what the definition would be there, or why it cannot', async () => {
    const fleet = await fleetToPlaceIn();
    const there = await placeOnOne(fleet.store, wish, 'kvm3', 1);
    expect(there).toMatchObject({ fits: true, rank: 1 });
    expect(there.definition).toContain("<address domain='0x0000' bus='0x3b'");
    expect(await placeOnOne(fleet.store, wish, 'kvm4', null)).toMatchObject({ fits: false, definition: null, reasons: [{ code: 'host-silent' }] });
    await expect(placeOnOne(fleet.store, wish, 'nobody', null)).rejects.toMatchObject({ code: 'fleet-host-unknown' });
  });
});
