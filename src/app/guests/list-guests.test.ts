import { expect, it } from 'vitest';
import { context, fake, hostdev, link, onZ, running, useGuests } from '../../../test/guests.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { listGuests } from './list-guests.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const NIC: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 2, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', pciClass: 0x040300, driver: 'snd_hda_intel', iommuGroup: 3 };

useGuests([NVME, NIC, GPU, AUDIO]);

it('guests shows what runs, what is defined, and what will surprise', async () => {
  const web = running(onZ('web', hostdev('0x0007')));
  web.autostart = true;
  fake.qemu.define(onZ('web', hostdev('0x00aa')));
  fake.qemu.define(onZ('idle'));
  const rows = await listGuests(context(), await link.get());
  expect(rows.map(({ name, state }) => [name, state])).toEqual([
    ['idle', 'shut off'],
    ['web', 'running'],
  ]);
  expect(rows[1]?.functions).toMatchObject([
    { address: NVME.address, uid: '0x0001', fid: '0x00000000', live: true, config: false, alias: 'hostdev0' },
    { address: '00aa:00:00.0', live: false, config: true },
  ]);
  expect(rows[1]?.warnings.map(({ message }) => message)).toEqual([
    '0007:00:00.0 is gone when the guest is started next: the definition does not have it',
    '00aa:00:00.0 comes when the guest is started next',
    'web starts with the host, but the host has no 00aa:00:00.0',
  ]);
});

it('guests says of one that does not run when it cannot start here, and why', async () => {
  fake.qemu.define(onZ('gone', hostdev('0x00aa')));
  fake.qemu.define(onZ('half', hostdev('0x000a')));
  fake.qemu.define(onZ('ready', hostdev('0x0009')));
  const rows = await listGuests(context(), await link.get());
  const warnings = Object.fromEntries(rows.map(({ name, warnings: all }) => [name, all.map(({ code, message }) => `${code}: ${message}`)]));
  expect(warnings).toEqual({
    gone: ['function-unknown: gone cannot start here: the host has no 00aa:00:00.0'],
    half: ['group-incomplete: half cannot start here: 000a:00:00.0 shares IOMMU group 3 with 000a:00:00.1 (audio device, snd_hda_intel)'],
    ready: [],
  });
  const hints = rows.find(({ name }) => name === 'half')?.warnings.map(({ hint }) => hint);
  expect(hints).toEqual(["a group goes to vfio as a whole: give the rest to this guest too ('hostdev attach half ADDRESS'), or prepare it"]);
});

it('guests says nothing of the start of one that runs', async () => {
  running(onZ('busy', hostdev('0x0007')));
  const rows = await listGuests(context(), await link.get());
  expect(rows.map(({ warnings }) => warnings)).toEqual([[]]);
});
