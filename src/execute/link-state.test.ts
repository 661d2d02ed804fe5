import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { driverSteps } from '../plan/driver-steps.ts';
import { planRelease } from '../plan/release.ts';
import { fakeKernel, type FakeFunction } from '../testing/fake-kernel.ts';
import { readNodeDevice } from '../host/inventory.ts';
import { executeAll } from './executor.ts';
import { NO_RECORDER } from './recorder.ts';
import { hostOnly } from './target.ts';

const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true };

describe('a function whose interface was up', () => {
  it('and does not come back with its driver is released all the same, and that is told', async () => {
    const port = fakeKernel([NIC]);
    for (const step of driverSteps(NIC.address, { driver: 'igb', override: null }, { driver: 'vfio-pci', override: 'vfio-pci' })) {
      if (step.kind === 'write') await port.write(step.path, step.text);
    }
    const device = await readNodeDevice(port, parsePciAddress(NIC.address));
    const change = device === undefined ? undefined : planRelease(device, { driver: 'igb', override: null, link: 'up' });
    expect(change?.steps.at(-1)).toMatchObject({ kind: 'link up' });
    const bare = { ...port, list: async (path: string) => (path.endsWith('/net') ? undefined : port.list(path)) };
    const executor = { target: hostOnly(bare), recorder: NO_RECORDER, options: { timeoutMs: 0 } };
    const done = await executeAll(executor, change === undefined ? [] : [change]);
    expect(port.driverOf(NIC.address)).toBe('igb');
    expect(done[0]?.warnings).toMatchObject([{ code: 'change-failed', message: expect.stringContaining('no network interface of 0000:02:00.0') as string }]);
  });
});
