import { describe, expect, it } from 'vitest';
import { context, fake, hostdev, link, onZ, options, port, running, stateDirectory, useGuests } from '../../../test/guests.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import { openJournal } from '../../execute/journal/journal.ts';
import { openRecords } from '../../execute/recover.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { prepareFunctions } from '../prepare.ts';
import { recoverChanges } from '../recover-changes.ts';
import { attachToGuest } from './attach-to-guest.ts';
import type { GuestChangeOptions } from './run-change.ts';
import { swapInGuest } from './swap-in-guest.ts';
import { detachFromGuest } from './detach-from-guest.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const NIC: FakeFunction = { address: '0009:00:00.0', driver: 'igb', iommuGroup: 2, express: true };
const GPU: FakeFunction = { address: '000a:00:00.0', driver: 'nouveau', iommuGroup: 3 };
const AUDIO: FakeFunction = { address: '000a:00:00.1', driver: 'snd_hda_intel', iommuGroup: 3 };
const spec = (address: string, more: Partial<HostdevSpec> = {}): HostdevSpec => ({ source: parsePciAddress(address), ...more });
const which = (address: string): { source: ReturnType<typeof parsePciAddress> } => ({ source: parsePciAddress(address) });

useGuests([NVME, NIC, GPU, AUDIO]);

const attach = (guest: string, specs: readonly HostdevSpec[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof attachToGuest> =>
  attachToGuest(context(), link, { word: guest, specs }, options(more));
const detach = (guest: string, addresses: readonly string[], more: Partial<GuestChangeOptions> = {}): ReturnType<typeof detachFromGuest> =>
  detachFromGuest(context(), link, { word: guest, selectors: addresses.map(which) }, options(more));
const openInJournal = async (): Promise<string[]> => openRecords(await openJournal(stateDirectory).read()).map(({ verb, subject }) => `${verb} ${subject}`);

describe('--wait', () => {
  const QEMU = '/proc/4242/fd/7';

  it.each([
    ['attaching', () => attach('web', [spec(NVME.address)], waits())],
    ['swapping', () => swapInGuest(context(), link, { word: 'web', old: parsePciAddress(NIC.address), next: parsePciAddress(NVME.address) }, options(waits()))],
  ])('waits for a function that another guest holds before the plan is made (%s)', async (_, change) => {
    const guest = running(onZ('web', hostdev('0x0009')));
    await port.replaceFile('/proc/4242/comm', 'qemu\n');
    await port.replaceFile(QEMU, '→ /dev/vfio/1');
    await expect(change()).resolves.toMatchObject({ applied: true });
    expect(guest.live).toContain("domain='0x0007'");
  });

  it('is over when it is over, and nothing was changed', async () => {
    running(onZ('web'));
    await port.replaceFile('/proc/4242/comm', 'qemu\n');
    await port.replaceFile(QEMU, '→ /dev/vfio/1');
    await expect(attach('web', [spec(NVME.address)], { waitMs: 600 })).rejects.toMatchObject({ code: 'function-held' });
    expect(port.driverOf(NVME.address)).toBe('nvme');
  });

  const waits = (): Partial<GuestChangeOptions> => ({
    scope: 'live',
    waitMs: 20_000,
    onProgress: (message) => (message.startsWith('waiting: ') ? void port.replaceFile(QEMU, '') : undefined),
  });
});

describe('what is undone', () => {
  const abort = (more: string): { signal: AbortSignal; onProgress: (message: string) => void } => {
    const controller = new AbortController();
    return {
      signal: controller.signal,
      onProgress: (message) => {
        if (message.includes(more)) controller.abort();
      },
    };
  };

  it('after Ctrl-C is undone all the same: the guest is asked to let go of what it had already', async () => {
    const guest = running(onZ('web'));
    await expect(attach('web', [spec(NVME.address), spec(NIC.address)], abort(NVME.address))).rejects.toMatchObject({ code: 'interrupted' });
    expect([guest.live, guest.config].map((xml) => xml?.includes('<hostdev'))).toEqual([false, false]);
    expect(await openInJournal()).toEqual([]);
  });

  it('that cannot be undone is said, and stays open; the definition is put right whatever the guest does', async () => {
    const guest = running(onZ('web', hostdev('0x0007') + hostdev('0x0009')));
    const failing = detach('web', [NVME.address, NIC.address], {
      onProgress: (message) => {
        if (!message.includes(NIC.address)) return;
        guest.onDetach = 'refuse';
        guest.failAttach = { live: 'operation failed: no' };
      },
    });
    await expect(failing).rejects.toMatchObject({ code: 'stuck', message: expect.stringMatching(/not let go[\s\S]*could not be undone/) as string });
    expect(guest.config).toContain("domain='0x0007'");
    expect(await openInJournal()).toEqual([`attach ${NVME.address} in web`]);
    guest.failAttach = {};
    expect(await recoverChanges(context(), stateDirectory)).toMatchObject([{ outcome: 'new' }]);
    expect(guest.live).toContain("domain='0x0007'");
  });

  it('is not begun when it is not what was shown any more, by what the host does with the function', async () => {
    running(onZ('web', hostdev('0x0007')));
    const agree = async (): Promise<boolean> => {
      await prepareFunctions(context(), [parsePciAddress(NIC.address)], { dryRun: false, stateDirectory });
      return true;
    };
    const swapping = swapInGuest(
      context(),
      link,
      { word: 'web', old: parsePciAddress(NVME.address), next: parsePciAddress(NIC.address) },
      options({ scope: 'live', agree }),
    );
    await expect(swapping).rejects.toMatchObject({ code: 'guest-changed', message: expect.stringContaining('nothing was done') as string });
  });

  it('is not begun when the guest is another one than the one that was shown', async () => {
    const guest = running(onZ('web', hostdev('0x0007')));
    const agree = async (): Promise<boolean> => {
      fake.qemu.destroy(guest);
      return true;
    };
    await expect(detach('web', [NVME.address], { scope: 'current', agree })).rejects.toMatchObject({
      code: 'guest-changed',
      message: 'web has ended since the plan was made; nothing was done',
    });
    expect(guest.config).toContain('<hostdev');
  });
});
