/** A guest with very many functions, which a wish names all: what libvirt says of it is read once. */
import { expect, it } from 'vitest';
import { link, onZ, port, running, useGuests } from '../guests.ts';
import { applyOn, wishOf } from './wishes.ts';

const ADDRESSES = Array.from({ length: 1500 }, (_, i) => `${(i + 1).toString(16).padStart(4, '0')}:00:00.0`);

useGuests(ADDRESSES.map((address, i) => ({ address, driver: 'nvme', iommuGroup: i + 1 })));

const hostdev = (address: string): string =>
  `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x${address.slice(0, 4)}' bus='0x00' slot='0x00' function='0x0'/></source></hostdev>`;

it('a wish that names all of them, and is in step, is planned in a moment', async () => {
  // More than a guest has places for: where they are nobody asks.
  const guest = running(onZ('web'));
  const all = ADDRESSES.map(hostdev).join('');
  guest.live = guest.live?.replace('</devices>', `${all}</devices>`);
  guest.config = guest.config?.replace('</devices>', `${all}</devices>`);
  const wish = wishOf({ guests: [{ guest: 'web', hostdevs: ADDRESSES.map((address) => ({ function: address })) }] });
  const began = process.cpuUsage().user;
  expect((await applyOn(port, link, wish, { dryRun: true })).changes).toEqual([]);
  // To read all of it for each of them would be a minute.
  expect((process.cpuUsage().user - began) / 1000).toBeLessThan(8000);
}, 300_000);
