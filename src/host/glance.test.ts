import { describe, expect, it } from 'vitest';
import { type FakeFunction, type FakeKernel, fakeKernel } from '../testing/fake-kernel.ts';
import { treePort, type Tree } from '../testing/tree-port.ts';
import { changedFunctions, usesNow } from './glance.ts';
import { readJudgedFunctions } from './inventory.ts';

const NVME: FakeFunction = { address: '0000:05:00.0', driver: 'nvme', iommuGroup: 5 };
const NIC: FakeFunction = { address: '0000:02:00.0', driver: 'igb', iommuGroup: 8, sriov: { total: 7, driver: 'igbvf' } };
const at = ({ address }: FakeFunction): string => `/sys/bus/pci/devices/${address}`;

describe('a short look at functions finds', () => {
  it.each<[string, (kernel: FakeKernel) => unknown, readonly string[]]>([
    ['nothing where nothing has happened', () => undefined, []],
    ['one that has lost its driver', (kernel) => kernel.write(`${at(NVME)}/driver/unbind`, NVME.address), [NVME.address]],
    ['one that another driver is to take', (kernel) => kernel.write(`${at(NVME)}/driver_override`, 'vfio-pci'), [NVME.address]],
    ['one that has gone', (kernel) => kernel.vanish(NVME.address), [NVME.address]],
    ['one that has virtual functions now, and those', (kernel) => kernel.write(`${at(NIC)}/sriov_numvfs`, '1'), [NIC.address, '0000:02:10.0']],
  ])('%s', async (_, change, expected) => {
    const kernel = fakeKernel([NVME, NIC]);
    const known = await readJudgedFunctions(kernel);
    await change(kernel);
    expect((await changedFunctions(kernel, known)).sort()).toEqual([...expected].sort());
  });
});

const MOUNTED = '36 25 259:1 / /srv rw - ext4 /dev/nvme0n1p1 rw\n';
const route = (refcnt: string, metric = '00000400'): string =>
  `20010db8000000000000000000000000 20 00000000000000000000000000000000 00 00000000000000000000000000000000 ${metric} ${refcnt} 00000000 00000001 eth0\n`;
const QUIET: Tree = { '/proc/self/mountinfo': '', '/proc/swaps': 'Filename\n', '/proc/net/ipv6_route': route('00000001') };

describe('what the host uses', () => {
  it.each<[string, Tree, boolean]>([
    ['is the same where nothing has happened', {}, false],
    ['is the same where a route was only taken', { '/proc/net/ipv6_route': route('00000009') }, false],
    ['is other once something is mounted', { '/proc/self/mountinfo': MOUNTED }, true],
    ['is other once something is swapped to', { '/proc/swaps': 'Filename\n/dev/nvme0n1p2 partition 1 0 -2\n' }, true],
    ['is other once a route is another', { '/proc/net/ipv6_route': route('00000001', '00000100') }, true],
    ['is other once an interface has another address', { '/proc/net/if_inet6': 'fe80 02 40 20 80 eth0\n' }, true],
  ])('%s', async (_, change, isOther) => {
    expect((await usesNow(treePort({ ...QUIET, ...change }))) !== (await usesNow(treePort(QUIET)))).toBe(isOther);
  });
});
