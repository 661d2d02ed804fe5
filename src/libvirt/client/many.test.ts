import { unlink } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { silenceSocket } from '../../../test/silent-server.ts';
import { type FakeLibvirt, type FakeLibvirtOptions, startFakeLibvirt } from '../../testing/fake-libvirt/fake-libvirt.ts';
import { connectLibvirt, type Libvirt } from './libvirt.ts';
import { overMany } from './many.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function open(options: FakeLibvirtOptions = {}): Promise<[fake: FakeLibvirt, libvirt: Libvirt]> {
  const fake = await startFakeLibvirt(options);
  stops.push(() => fake.stop());
  const libvirt = await connectLibvirt(`qemu+unix:///system?socket=${fake.socket}`, { credentials: async () => ({ user: 'ali', password: 'sesame' }) });
  stops.push(() => libvirt.close());
  return [fake, libvirt];
}

/** The items as they come back, and how many connections were used. */
async function spread(libvirt: Libvirt, count: number): Promise<{ readonly items: readonly number[]; readonly used: number }> {
  const used = new Set<Libvirt>();
  const items = await overMany(
    libvirt,
    Array.from({ length: count }, (_, i) => i),
    async (each, item) => {
      used.add(each);
      await each.hostname();
      return item;
    },
  );
  return { items, used: used.size };
}

describe('reading many things', () => {
  it.each([
    ['few over the connection that is there', 99, {}, 1],
    ['many over four', 1000, {}, 4],
    ['many over one where each would be asked for a password', 100, { auth: { user: 'ali', password: 'sesame' } }, 1],
  ] as const)('goes %s', async (_, count, options, connections) => {
    const [, libvirt] = await open(options);
    expect(await spread(libvirt, count)).toEqual({ items: Array.from({ length: count }, (__, i) => i), used: connections });
  });

  it('opens the others once, and they are closed with the first', async () => {
    const [, libvirt] = await open();
    const companions = async (): Promise<Libvirt[]> => Promise.all(libvirt.companions());
    const before = await companions();
    await spread(libvirt, 1000);
    expect(await companions()).toEqual(before);
    await libvirt.close();
    expect(before.map(({ isOpen }) => isOpen)).toEqual([false, false, false]);
    expect(libvirt.companions()).toEqual([]);
  });

  it('closes the others when the first is lost', async () => {
    const [fake, libvirt] = await open();
    const before = await Promise.all(libvirt.companions());
    fake.cut();
    await expect.poll(() => before.filter(({ isOpen }) => isOpen)).toEqual([]);
  });

  it('begins nothing more when one of them fails', async () => {
    const [, libvirt] = await open();
    let begun = 0;
    const reading = overMany(
      libvirt,
      Array.from({ length: 2000 }, (_, i) => i),
      async (each, item) => {
        begun += 1;
        await each.hostname();
        if (item === 150) throw new Error('no');
      },
    );
    await expect(reading).rejects.toThrow('no');
    await libvirt.close();
    expect(begun).toBeLessThan(300);
  });

  it('waits for no connection that the server leaves waiting, neither at the end of the work nor of the connection', async () => {
    const [fake, libvirt] = await open();
    const { sockets, stop } = await silenceSocket(fake.socket);
    stops.push(stop);
    const began = performance.now();
    expect(await spread(libvirt, 1000)).toMatchObject({ used: 1 });
    await libvirt.close();
    expect(performance.now() - began).toBeLessThan(4000);
    await expect.poll(() => [...sockets].filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('does with one connection when the server takes no more', async () => {
    const [fake, libvirt] = await open();
    await unlink(fake.socket);
    expect(await spread(libvirt, 100)).toMatchObject({ used: 1 });
  });
});
