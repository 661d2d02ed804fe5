import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fake, hostdev, link, onZ, running, useGuests } from '../../../test/guests.ts';
import { Libvirt } from '../../libvirt/index.ts';
import { type KeptGuests, keptGuests } from './kept-guests.ts';

useGuests([]);

let guests: KeptGuests;
/** Names of the guests whose XML was asked for. */
let asked: string[];
const names = async (): Promise<string[]> => (await guests.read(await link.get())).map(({ guest }) => guest.ref.name).sort();
const uuidOf = (name: string): string => fake.qemu.named(name).uuid;

beforeEach(async () => {
  for (let at = 0; at < 150; at += 1) fake.qemu.define(onZ(`g${at}`));
  running(onZ('web'));
  const { domainXml } = Libvirt.prototype;
  vi.spyOn(Libvirt.prototype, 'domainXml').mockImplementation(function (this: Libvirt, domain, options) {
    asked.push(domain.name);
    return domainXml.call(this, domain, options);
  });
  asked = [];
  guests = keptGuests();
  expect(await names()).toHaveLength(151);
  expect(new Set(asked).size).toBe(151);
  asked = [];
});
afterEach(() => void vi.restoreAllMocks());

it('guests that were read are not read again', async () => {
  expect(await names()).toHaveLength(151);
  expect(asked).toEqual([]);
});

it('the one guest to which something has happened is read again, and not 150 others', async () => {
  fake.qemu.attach(fake.qemu.named('web'), hostdev('0x0007'), 1);
  guests.forget(uuidOf('web'));
  const found = (await guests.read(await link.get())).find(({ guest }) => guest.ref.name === 'web');
  expect(found?.guest.live).toContain("domain='0x0007'");
  expect(new Set(asked)).toEqual(new Set(['web']));
});

it('a guest that has come is read, one that has gone is forgotten, one that has started is read again', async () => {
  fake.qemu.define(onZ('new'));
  fake.qemu.start(fake.qemu.named('g1'), false);
  await (await link.get()).undefineDomain(await (await link.get()).findDomain('g0'));
  const found = await names();
  expect([found.includes('new'), found.includes('g0')]).toEqual([true, false]);
  expect(new Set(asked)).toEqual(new Set(['g1', 'new']));
});

it('a guest to which something happens while it is read is read once more', async () => {
  guests.forget(uuidOf('web'));
  const reading = guests.read(await link.get());
  guests.forget(uuidOf('web'));
  await reading;
  asked = [];
  await names();
  expect(new Set(asked)).toEqual(new Set(['web']));
});

it('what could not be read is read whole the next time', async () => {
  const lost = vi.spyOn(Libvirt.prototype, 'listDomains').mockRejectedValueOnce(new Error('lost'));
  await expect(names()).rejects.toThrow('lost');
  lost.mockRestore();
  await names();
  expect(new Set(asked).size).toBe(151);
});
