import { describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onZ, options, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { openRecords } from '../../execute/recover.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import type { GuestChangeOptions } from './run-change.ts';
import { detachFromGuest } from './detach-from-guest.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const NIC: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 2, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', driver: 'snd_hda_intel', iommuGroup: 3 };
const which = (address: string): { source: ReturnType<typeof parsePciAddress> } => ({ source: parsePciAddress(address) });

useGuests([NVME, NIC, GPU, AUDIO]);

const detach = (guest: string, addresses: readonly string[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof detachFromGuest> =>
  detachFromGuest(context(), link, { word: guest, selectors: addresses.map(which) }, options(more));
const openInJournal = async (): Promise<string[]> => openRecords(await openJournal(stateDirectory).read()).map(({ verb, subject }) => `${verb} ${subject}`);

/** Acts a moment after the guest was asked. */
const onceWaiting =
  (act: () => void): ((message: string) => void) =>
  (message) => {
    if (message.startsWith('waiting')) setTimeout(act, 30);
  };

describe('detach', () => {
  it('takes the function from what runs, then from the definition', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const report = await detach('web', [NVME.address]);
    expect(report.functions).toMatchObject([{ address: NVME.address, guestAddress: '0000:00:01.0', uid: 1, fid: 0 }]);
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([false, false]);
  });

  it.each([
    ['refuses to let go', 'refuse', /it has refused/],
    ['does not react', 'ignore', /its system does not react/],
  ] as const)('from a guest that %s tells the truth and leaves all as it is', async (_, onDetach, message) => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = onDetach;
    await expect(detach('web', [NVME.address], { timeoutMs: 60 })).rejects.toMatchObject({
      code: 'guest-holds-on',
      message: expect.stringMatching(message) as string,
    });
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([true, true]);
    expect(guest.asked).toBe(1);
    expect(await openInJournal()).toEqual([]);
  });

  it('asks the guest, however long the daemon took to answer before', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'refuse';
    await expect(detach('web', [NVME.address], { timeoutMs: 0 })).rejects.toMatchObject({ message: expect.stringContaining('it has refused to') as string });
    expect(guest.asked).toBe(1);
  });

  it('from a guest that is paused says so', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.paused = true;
    await expect(detach('web', [NVME.address], { timeoutMs: 60 })).rejects.toMatchObject({ message: expect.stringContaining('it is paused') as string });
  });

  it('of several gives back to the guest what it had let go, when another one stays', async () => {
    const guest = running(onZ('web', hostdev('0x0007') + hostdev('0x0009')));
    const refusing = detach('web', [NVME.address, NIC.address], {
      onProgress: (message) => {
        if (message.includes(NIC.address)) guest.onDetach = 'refuse';
      },
    });
    await expect(refusing).rejects.toMatchObject({ code: 'guest-holds-on' });
    for (const xml of [guest.live, guest.config]) {
      expect(xml?.match(/<hostdev/g)).toHaveLength(2);
      expect(xml).toMatch(/domain='0x0007'[\s\S]*?<zpci uid='0x0001' fid='0x00000000'\/>|<zpci uid='0x0001' fid='0x00000000'\/>[\s\S]*?domain='0x0007'/);
    }
  });

  it('does not take the refusal of another device for one of ours', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'ignore';
    await detach('web', [NVME.address], {
      onProgress: onceWaiting(() => {
        for (const listener of fake.qemu.listeners) listener({ kind: 'failed', guest, alias: 'net0' });
        fake.qemu.detach(Object.assign(guest, { onDetach: 'release' }), { alias: 'hostdev0' }, 1);
      }),
    });
    expect(guest.live).not.toContain('<hostdev');
  });

  it('ends when the guest ends meanwhile', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'ignore';
    await detach('web', [NVME.address], { onProgress: onceWaiting(() => fake.qemu.destroy(guest)) });
    expect(guest.config).not.toContain('<hostdev');
  });

  it('goes on when the daemon is restarted meanwhile', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.onDetach = 'ignore';
    await detach('web', [NVME.address], {
      onProgress: onceWaiting(() => {
        fake.cut();
        // The request is made again ten seconds after the first; the guest lets go before.
        fake.qemu.detach(Object.assign(guest, { onDetach: 'release' }), { alias: 'hostdev0' }, 1);
      }),
    });
    expect(guest.live).not.toContain('<hostdev');
  });

  it('leaves a guest as it is that does not have the function', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const before = [guest.live, guest.config];
    expect(await detach('web', [NIC.address])).toMatchObject({ functions: [], steps: [], applied: true, unchanged: [NIC.address] });
    expect([guest.live, guest.config]).toEqual(before);
    await expect(detach('nobody', [NIC.address])).rejects.toMatchObject({ code: 'guest-unknown' });
  });
});
