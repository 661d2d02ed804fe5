import { expect, it } from 'vitest';
import { readHostState } from '../host/host-state.ts';
import { type FakeFunction, fakeKernel } from '../testing/fake-kernel.ts';
import { groupStates } from './group-state.ts';

const PORT = { pciClass: 0x060400, headerType: 1, driver: 'pcieport' } as const;

it.each<[string, readonly Omit<FakeFunction, 'address'>[], string]>([
  ['is with the host where a host driver has it', [{ driver: 'nvme' }], 'host'],
  ['is with VFIO where a VFIO driver has it', [{ driver: 'vfio-pci' }], 'vfio'],
  ['is with VFIO where a variant driver has it', [{ driver: 'mlx5_vfio_pci' }], 'vfio'],
  ['is with VFIO where no driver has the rest', [{ driver: 'vfio-pci' }, {}], 'vfio'],
  ['is with VFIO where pci-stub has the rest, which does nothing', [{ driver: 'vfio-pci' }, { driver: 'pci-stub' }], 'vfio'],
  ['is mixed where one is with VFIO and another with a host driver', [{ driver: 'vfio-pci' }, { driver: 'snd_hda_intel' }], 'mixed'],
  ['is with the host where only a part has a driver', [{}, { driver: 'nvme' }], 'host'],
  ['is idle where no driver has any of it', [{}, {}], 'idle'],
  ['is as its functions are, whatever ports are with', [{ driver: 'vfio-pci' }, PORT], 'vfio'],
  ['has nothing but ports where there is nothing else', [PORT, PORT], 'ports'],
])('a group %s', async (_, members, state) => {
  const kernel = fakeKernel(members.map((each, at) => ({ ...each, address: `0000:01:00.${at}`, iommuGroup: 7 })));
  expect([...groupStates((await readHostState(kernel)).functions)]).toEqual([[7, state]]);
});

it('functions without a group are in none', async () => {
  expect(groupStates((await readHostState(fakeKernel([{ address: '0000:01:00.0', driver: 'nvme' }]))).functions).size).toBe(0);
});
