import { describe, expect, it } from 'vitest';
import { parsePciAddress } from '../pci/notation.ts';
import { fakeKernel, type FakeFunction } from '../testing/fake-kernel.ts';
import { findHolder } from './guard.ts';

const NVME: FakeFunction = { address: '0007:00:00.0', driver: 'nvme', iommuGroup: 1, express: true };
const QEMU = { '/proc/4242/fd/7': '→ /dev/vfio/1', '/proc/4242/comm': 'qemu\n' };

async function held(device: FakeFunction, files: Readonly<Record<string, string>>): Promise<{ found: string | undefined; asked: string[] }> {
  const kernel = fakeKernel([device], {});
  for (const [path, text] of Object.entries(files)) await kernel.replaceFile(path, text);
  const asked: string[] = [];
  const port = {
    ...kernel,
    addresses: async () => (asked.push('addresses'), kernel.addresses()),
    claimState: async (path: string) => (asked.push(path), kernel.claimState(path)),
    list: async (path: string) => (asked.push(path), kernel.list(path)),
  };
  return { found: await findHolder(port, [parsePciAddress(device.address)]), asked };
}

describe('whether a guest holds a function', () => {
  it('is asked of the open devices and of libvirt only: no disk is opened and no interface looked at, however often one asks', async () => {
    const { found, asked } = await held(NVME, {});
    expect(found).toBeUndefined();
    expect(asked.filter((path) => /^addresses$|^\/dev\/|^\/sys\/(?:block|class\/(?:net|block|drm))/.test(path))).toEqual([]);
  });

  it.each<[string, FakeFunction]>([
    ['works', NVME],
    ['has no group that could be isolated any more, because it is a bridge', { ...NVME, headerType: 1 }],
  ])('counts when the function %s', async (_, device) => {
    expect((await held(device, QEMU)).found).toMatch(/^0007:00:00\.0 is in use by now: .*qemu \(pid 4242\)$/);
  });

  it('does not count when it is another one', async () => {
    expect((await held(NVME, { ...QEMU, '/proc/4242/fd/7': '→ /dev/vfio/2' })).found).toBeUndefined();
  });
});
