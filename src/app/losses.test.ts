import { describe, expect, it } from 'vitest';
import { useGuests, context, port, stateDirectory } from '../../test/guests.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { fakeKernel } from '../testing/fake-kernel.ts';
import { prepareFunctions } from './prepare.ts';

const NIC = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, netdev: 'eno1', express: true };

useGuests([NIC]);

describe('what --force loses', () => {
  it('is told once, although the plan is made again under the lock', async () => {
    Object.assign(
      port,
      fakeKernel([NIC], {
        addresses: new Map([['eno1', ['192.0.2.9']]]),
        files: { '/sys/class/net/eno1': `→ ../../devices/pci0000:00/${NIC.address}/net/eno1` },
      }),
    );
    const losses: string[] = [];
    const options = { dryRun: false, force: true, stateDirectory, onLoss: ({ message }: { readonly message: string }) => losses.push(message) };
    await prepareFunctions(context(), [parsePciAddress(NIC.address)], options);
    expect(losses).toHaveLength(1);
    expect(losses[0]).toContain('192.0.2.9');
    expect(port.driverOf(NIC.address)).toBe('vfio-pci');
  });
});
