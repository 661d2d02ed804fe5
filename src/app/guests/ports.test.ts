import { describe, expect, it } from 'vitest';
import { context, link, onPc, onZ, running, useGuests } from '../../../test/guests.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { guestPorts } from './ports.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };

useGuests([NVME, OTHER, NIC]);

describe('ports', () => {
  it('are counted and added; nothing else in the definition changes', async () => {
    const guest = running(onPc('win', 1));
    expect(await guestPorts(context(), link, 'win', { add: 0, dryRun: false })).toMatchObject({ live: 1, config: 1, applied: false });
    expect(await guestPorts(context(), link, 'win', { add: 0, dryRun: false })).toMatchObject({ versions: { libvirt: '11.3.0', qemu: '10.0', said: true } });
    const before = guest.config ?? '';
    expect(await guestPorts(context(), link, 'win', { add: 2, dryRun: true })).toMatchObject({ added: 2, applied: false });
    expect(guest.config).toBe(before);
    expect(await guestPorts(context(), link, 'win', { add: 2, dryRun: false })).toMatchObject({ live: 1, config: 3, applied: true });
    expect(guest.live).not.toContain("index='3'");
  });

  it('are not for guests whose slots are all free', async () => {
    running(onZ('web'));
    await expect(guestPorts(context(), link, 'web', { add: 1, dryRun: false })).rejects.toMatchObject({
      code: 'option-conflict',
      hint: expect.stringContaining('free slots') as string,
    });
    await expect(guestPorts(context(), link, 'web', { add: 65, dryRun: false })).rejects.toMatchObject({ code: 'usage' });
  });
});
