import { appendRecords } from '../../../test/journal.ts';
import { describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onZ, options, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import type { FakeGuest } from '../../testing/fake-libvirt/guest.ts';
import { recoverChanges } from '../recover-changes.ts';
import { swapInGuest } from './swap-in-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };
const at = parsePciAddress;

useGuests([NVME, OTHER, NIC]);

const has = (guest: FakeGuest, domain: string): boolean[] => [guest.live, guest.config].map((xml) => xml?.includes(`domain='${domain}'`) ?? false);

describe('swap', () => {
  const swap = (more: Partial<GuestChangeOptions> = {}): ReturnType<typeof swapInGuest> =>
    swapInGuest(context(), link, { word: 'web', old: at(NVME.address), next: at(OTHER.address) }, options(more));

  it('keeps address, uid and fid, in what runs and in the definition', async () => {
    const guest = running(
      onZ('web', hostdev('0x0007', "<address type='pci' domain='0' bus='0' slot='5' function='0'><zpci uid='0x0021' fid='0x00000055'/></address>")),
    );
    const report = await swap();
    expect(report.functions).toMatchObject([{ address: OTHER.address, guestAddress: '0000:00:05.0', uid: 0x21, fid: 0x55, live: true, config: true }]);
    expect(has(guest, '0x0009')).toEqual([true, true]);
    expect(has(guest, '0x0007')).toEqual([false, false]);
    for (const xml of [guest.live, guest.config]) expect(xml).toMatch(/slot='5'[^>]*>\s*<zpci uid='0x0021' fid='0x00000055'\/>/);
  });

  it('gives the old one back when the new one cannot be had, or when the old one stays', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    guest.failAttach = { live: 'operation failed: no', of: '0x0009' };
    await expect(swap()).rejects.toMatchObject({ code: 'libvirt-refused' });
    expect([has(guest, '0x0007'), has(guest, '0x0009')]).toEqual([
      [true, true],
      [false, false],
    ]);
    guest.onDetach = 'refuse';
    await expect(swap()).rejects.toMatchObject({ code: 'guest-holds-on' });
    expect([has(guest, '0x0007'), has(guest, '0x0009')]).toEqual([
      [true, true],
      [false, false],
    ]);
  });

  it.each([
    [OTHER.address, '000f:00:00.0', 'hostdev-absent'],
    [NVME.address, NVME.address, 'address-twice'],
    [NVME.address, '000f:00:00.0', 'function-unknown'],
  ])('refuses %s → %s', async (old, next, code) => {
    running(onZ('web', hostdev('0x0007')));
    await expect(swapInGuest(context(), link, { word: 'web', old: at(old), next: at(next) }, options())).rejects.toMatchObject({ code });
  });

  it('that is done already changes nothing; one that is done in a part of the guest is no swap', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const exchange = { word: 'web', old: at(OTHER.address), next: at(NVME.address) };
    expect(await swapInGuest(context(), link, exchange, options())).toMatchObject({ steps: [], unchanged: [NVME.address] });
    fake.qemu.define(onZ('web'));
    await expect(swapInGuest(context(), link, exchange, options())).rejects.toMatchObject({ code: 'hostdev-absent' });
    expect(has(guest, '0x0007')).toEqual([true, false]);
  });

  it('that was interrupted goes back to the old one', async () => {
    const guest = running(onZ('web'));
    fake.qemu.define(onZ('web', hostdev('0x0009')));
    const xml = hostdev('0x0007');
    await appendRecords(stateDirectory, {
      ...{ kind: 'begin', id: 'a1', time: '2026-01-01T00:00:00Z', boot: 'b', verb: 'detach', subject: `${NVME.address} in web`, by: 'root (pid 1)' },
      before: {
        uri: `qemu+unix:///system?socket=${fake.socket}`,
        guest: guest.uuid,
        replacement: OTHER.address,
        live: 'yes',
        config: 'yes',
        liveXml: xml,
        configXml: xml,
      },
      wanted: { live: 'no', config: 'no' },
    });
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'old' }]);
    expect(has(guest, '0x0007')).toEqual([true, true]);
    expect(has(guest, '0x0009')).toEqual([false, false]);
  });
});
