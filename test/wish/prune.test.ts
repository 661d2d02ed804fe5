/** What hostdev has made and a wish does not name any more goes, on a fake kernel and a fake libvirt; what somebody else has made stays. */
import { describe, expect, it } from 'vitest';
import type { ApplyOptions, ApplyReport } from '../../src/app/wish/apply-wish.ts';
import { attachToGuest } from '../../src/app/guests/attach-to-guest.ts';
import { journalUnder } from '../../src/execute/journal/journal.ts';
import { withLock } from '../../src/execute/journal/lock.ts';
import { LibvirtLink } from '../../src/guest/libvirt/link.ts';
import { connectLibvirt, type Libvirt } from '../../src/libvirt/index.ts';
import { parsePciAddress } from '../../src/pci/notation.ts';
import { planPoolRemove } from '../../src/plan/pool-steps.ts';
import { reverse } from '../../src/plan/transition.ts';
import type { FakeGuest } from '../../src/testing/fake-libvirt/guest.ts';
import { context, fake, hostdev, link, onZ, options, port, running, stateDirectory, useGuests } from '../guests.ts';
import { applyOn, FUNCTIONS, wishOf } from './wishes.ts';

useGuests(FUNCTIONS);

const apply = (text: string, more: Partial<ApplyOptions> = {}): Promise<ApplyReport> => applyOn(port, link, wishOf(text), more);
const verbs = ({ changes }: Pick<ApplyReport, 'changes'>): string[] => changes.map(({ verb, subject }) => `${verb} ${subject}`);
const has = (xml: string | undefined): boolean => xml?.includes("domain='0x0007'") === true;
const attach = (scope: 'live' | 'config' | 'persistent'): Promise<unknown> =>
  attachToGuest(context(), link, { word: 'web', specs: [{ source: parsePciAddress('0007:00:00.0') }] }, { ...options(), scope });

/** A link that counts how often what libvirt says of guests is read. */
async function countingLink(): Promise<{ readonly link: LibvirtLink; readonly count: () => number }> {
  let count = 0;
  const counted = (libvirt: Libvirt): Libvirt =>
    new Proxy(libvirt, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (key === 'domainXml') count += 1;
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  const counting = await LibvirtLink.open(async () => counted(await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`)));
  return { link: counting, count: () => count };
}

describe('pruning a guest', () => {
  const define = (guest: FakeGuest): void => {
    guest.config = (guest.config ?? '').replace('</devices>', `${hostdev('0x0007')}</devices>`);
  };

  it('leaves what somebody has written into its definition, and what the guest runs with by that', async () => {
    const guest = running(onZ('web'));
    define(guest);
    await attach('live');
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual([]);
    expect([has(guest.live), has(guest.config)]).toEqual([true, true]);
  });

  it('leaves what it ran with before hostdev wrote that into the definition', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.config = onZ('web').replace(/<uuid>.*<\/uuid>/, /<uuid>.*<\/uuid>/.exec(guest.config ?? '')?.[0] ?? '');
    await attach('config');
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual(['detach 0007:00:00.0 in web']);
    expect([has(guest.live), has(guest.config)]).toEqual([true, false]);
  });

  it.each(['live', 'config', 'persistent'] as const)('takes what hostdev gave it (%s)', async (scope) => {
    const guest = running(onZ('web'));
    await attach(scope);
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual(['detach 0007:00:00.0 in web']);
    expect([has(guest.live), has(guest.config)]).toEqual([false, false]);
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual([]);
  });

  it('asks libvirt once for a guest, and not once for each function that it gives back', async () => {
    const guest = running(onZ('web'));
    const names = ['0007:00:00.0', '0008:00:00.0', '0031:00:00.0'];
    const asked: number[] = [];
    for (const count of [1, 3]) {
      await apply(
        `guests: [{ guest: web, hostdevs: [${names
          .slice(0, count)
          .map((name) => `{ function: "${name}" }`)
          .join(', ')}] }]\n`,
      );
      const counting = await countingLink();
      const planned = await applyOn(port, counting.link, wishOf('slots: []\n'), { prune: true, dryRun: true });
      await counting.link.close();
      expect(verbs(planned)).toEqual(names.slice(0, count).map((name) => `detach ${name} in web`));
      asked.push(counting.count());
    }
    // What runs, and the definition.
    expect(asked).toEqual([2, 2]);
    expect(verbs(await apply('slots: []\n', { prune: true })).filter((each) => each.startsWith('detach'))).toHaveLength(3);
    for (const xml of [guest.live, guest.config]) expect(xml).not.toContain('<hostdev');
  });

  it('knows a guest by its uuid: one that has another name now is the same, and one of the same name another one', async () => {
    const guest = running(onZ('web'));
    await attach('persistent');
    for (const part of ['live', 'config'] as const) guest[part] = guest[part]?.replace('<name>web<', '<name>www<');
    fake.qemu.guests.delete('web');
    fake.qemu.guests.set('www', Object.assign(guest, { name: 'www' }));
    const wish = 'guests: [{ guest: www, hostdevs: [{ function: "0007:00:00.0" }] }]\n';
    expect(verbs(await apply(wish, { prune: true }))).toEqual([]);
    expect(verbs(await apply(wish.replace('www', 'web'), { prune: true, dryRun: true }).catch(() => ({ changes: [] })))).toEqual([]);
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual(['detach 0007:00:00.0 in www']);
  });

  it('keeps in its definition what is named by the id of a slot that is on standby', async () => {
    const guest = running(onZ('web'));
    const wish = 'slots: [{ fid: 0x41, state: configured }]\nguests: [{ guest: web, hostdevs: [{ function: { fid: 0x41 }, scope: config }] }]\n';
    await apply(wish);
    const defined = guest.config;
    await port.write('/sys/bus/pci/slots/00000041/power', '0');
    expect(verbs(await apply(wish, { prune: true }))).toEqual(['slot on 00000041']);
    expect(guest.config).toBe(defined);
  });
});

describe('pruning pools', () => {
  it('leaves one of somebody else that hostdev took away, and put back because something else failed', async () => {
    const libvirt = await link.get();
    await libvirt.defineNetwork("<network><name>theirs</name><forward mode='hostdev' managed='yes'><pf dev='eno1'/></forward></network>");
    const uuid = (await libvirt.findNetwork('theirs'))?.uuid ?? '';
    const removed = planPoolRemove({ uri: link.uri, name: 'theirs', uuid, xml: '<network/>', autostart: false, active: false });
    await withLock(stateDirectory, async (lock) => {
      for (const [id, { verb, subject, before, wanted }] of Object.entries({ a: removed, b: reverse(removed) })) {
        const time = '2026-01-01T00:00:00.000Z';
        await journalUnder(lock).append({ kind: 'begin', id, time, boot: 'now', by: 'anna', verb, subject, before, wanted });
        await journalUnder(lock).append({ kind: 'done', id, time, after: {} });
      }
    });
    expect(verbs(await apply('slots: []\n', { prune: true }))).toEqual([]);
    expect(await libvirt.findNetwork('theirs')).toBeDefined();
  });
});

describe('pruning a pool', () => {
  it('leaves a guest the function of it that it was given by its address', async () => {
    const guest = running(onZ('web'));
    const pool = 'pools: [{ network: fast, functions: ["02:00.0"] }]\n';
    const rest = `virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2 }]
guests: [{ guest: web, hostdevs: [{ function: { physicalFunction: "02:00.0", index: 1 } }] }]
`;
    await apply(`${pool}${rest}`);
    // Libvirt names the functions of a network once it is active.
    const network = fake.qemu.networks.get('fast')!;
    network.xml = network.xml.replace('</forward>', "<address type='pci' domain='0x0000' bus='0x02' slot='0x10' function='0x1'/></forward>");
    expect(verbs(await apply(rest, { prune: true }))).toEqual(['pool remove fast']);
    expect(guest.live).toContain("slot='0x10' function='0x1'");
    expect(fake.qemu.networks.has('fast')).toBe(false);
  });
});

describe('what comes in the place of what is pruned', () => {
  it('has the ids that are free then, and is shown as it is made', async () => {
    running(onZ('web'));
    const wish = (name: string): string => `guests: [{ guest: web, hostdevs: [{ function: "${name}", uid: "0x21", fid: "0x5" }] }]\n`;
    await apply(wish('0007:00:00.0'));
    const planned = await apply(wish('0008:00:00.0'), { prune: true, dryRun: true });
    expect([verbs(planned), planned.later]).toEqual([['detach 0007:00:00.0 in web', 'attach 0008:00:00.0 in web'], []]);
    const done = await apply(wish('0008:00:00.0'), { prune: true });
    expect(done.changes.map(({ steps }) => steps)).toEqual(planned.changes.map(({ steps }) => steps));
    expect(await apply(wish('0008:00:00.0'), { prune: true })).toMatchObject({ differs: false });
  });
});

describe('pruning what a guest that runs has open', () => {
  /** As long as the guest has the function, and a moment longer, its process has the group open. */
  function holding(guest: FakeGuest, { word, group, ms }: { readonly word: string; readonly group: number; readonly ms: number }): typeof port {
    let goneAt: number | undefined;
    const isHeld = (): boolean => {
      if (guest.live?.includes(word) === true) return true;
      goneAt ??= Date.now();
      return Date.now() < goneAt + ms;
    };
    return {
      ...port,
      list: async (path: string) => (path === '/proc' ? [...((await port.list('/proc')) ?? []), '4711'] : path === '/proc/4711/fd' ? ['5'] : port.list(path)),
      readlink: async (path: string) => (path === '/proc/4711/fd/5' ? (isHeld() ? `/dev/vfio/${group}` : '/dev/null') : port.readlink(path)),
    };
  }

  it('gives a function back once the guest has let go of it', async () => {
    const guest = running(onZ('web'));
    await apply('functions: [{ function: "0007:00:00.0", persist: true }]\nguests: [{ guest: web, hostdevs: [{ function: "0007:00:00.0" }] }]\n');
    const held = holding(guest, { word: "domain='0x0007'", group: 1, ms: 150 });
    const planned = await applyOn(held, link, wishOf('slots: []\n'), { prune: true, dryRun: true });
    expect(verbs(planned)).toEqual(['detach 0007:00:00.0 in web', 'unpersist 0007:00:00.0']);
    expect(planned.later).toEqual([{ what: 'release 0007:00:00.0', why: 'no guest has it any more' }]);
    expect(verbs(await applyOn(held, link, wishOf('slots: []\n'), { prune: true }))).toEqual([
      'detach 0007:00:00.0 in web',
      'unpersist 0007:00:00.0',
      'release 0007:00:00.0',
    ]);
    expect(port.driverOf('0007:00:00.0')).toBe('nvme');
  });

  it('takes virtual functions away once the guest has let go of its own', async () => {
    const guest = running(onZ('web'));
    await apply(
      'virtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 2 }]\nguests: [{ guest: web, hostdevs: [{ function: { physicalFunction: "02:00.0", index: 0 } }] }]\n',
    );
    const group = (await port.readlink('/sys/bus/pci/devices/0000:02:10.0/iommu_group'))?.split('/').at(-1);
    const held = holding(guest, { word: "slot='0x10'", group: Number(group), ms: 150 });
    expect(verbs(await applyOn(held, link, wishOf('slots: []\n'), { prune: true }))).toEqual(['detach 0000:02:10.0 in web', 'vf remove 0000:02:00.0']);
  });
});
