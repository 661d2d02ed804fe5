import { expect, it } from 'vitest';
import { context, hostdev, link, onZ, running, useGuests } from '../../../test/guests.ts';
import type { FakeFunction } from '../../testing/fake-kernel.ts';
import { checkMigration } from './migrate-check.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const OTHER: FakeFunction = { address: '0009:00:00.0', driver: 'nvme', iommuGroup: 2, express: true };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true, sriov: { total: 7, driver: 'igbvf' } };

useGuests([NVME, OTHER, NIC]);

it('migrate-check tells what blocks, what stands in, and what may be moved', async () => {
  const teamed = `<interface type='hostdev' managed='yes'><source><address type='pci' domain='0' bus='2' slot='0' function='0'/></source><teaming type='transient' persistent='ua-standby'/></interface>`;
  running(onZ('web', hostdev('0x0007') + teamed));
  const report = await checkMigration(context(), link, 'web');
  expect(report.blocked).toBe(true);
  expect(report.findings.map(({ device, effect }) => [device, effect])).toEqual([
    ['0007:00:00.0', 'blocks'],
    ['0000:02:00.0', 'replaced'],
  ]);
});
