/** The kernel of a host of the world: its functions, and what tells machines apart. What guests have of them is libvirt's to say, so that it is the same after each start. */
import { type FakeFunction, type FakeKernel, fakeKernel } from '../../../src/testing/fake-kernel.ts';
import { FUNCTIONS, HOSTS, MACHINE, physicalOf } from '../world.ts';

/** Virtual functions begin so far behind their physical one: in another slot of its bus. */
const VIRTUAL_SLOT = 0x10;

/** Where a host shows a function. */
export function addressOf(key: string): string {
  const physical = physicalOf(key);
  if (physical !== undefined) return `${addressOf(physical).slice(0, -4)}${VIRTUAL_SLOT.toString(16)}.${key.slice(key.lastIndexOf('/') + 1)}`;
  return key.startsWith('cpc/') ? `0000:40:${key.slice(-2)}.0` : key.slice(key.lastIndexOf('/') + 1);
}

/** Functions of a host by address. */
export function functionsAt(host: string): ReadonlyMap<string, string> {
  return new Map(FUNCTIONS.filter(({ hosts }) => hosts.includes(host)).map(({ key }) => [addressOf(key), key]));
}

/** Starts the host: virtual functions are made as they were before. */
export async function bootKernel(host: string): Promise<FakeKernel> {
  const own = FUNCTIONS.filter(({ hosts }) => hosts.includes(host));
  const countOf = (key: string): number => own.filter((each) => physicalOf(each.key) === key).length;
  const functions = own.flatMap(({ key, group }, at): FakeFunction[] => {
    if (physicalOf(key) !== undefined) return [];
    const count = countOf(key);
    return [
      {
        ...{ address: addressOf(key), driver: count > 0 ? 'igb' : 'nvme', express: true },
        iommuGroup: group.length > 1 ? own.findIndex((each) => each.key === group[0]) : at,
        ...(key.startsWith('cpc/') ? { fid: Number.parseInt(key.slice(-8), 16), attributes: { uid: '0x0', uid_is_unique: '1' } } : {}),
        ...(count > 0 ? { sriov: { total: count, driver: 'igbvf' } } : {}),
      },
    ];
  });
  const kernel = fakeKernel(functions, { files: filesOf(host) });
  for (const { key } of own) {
    if (countOf(key) > 0) await kernel.write(`/sys/bus/pci/devices/${addressOf(key)}/sriov_numvfs`, String(countOf(key)));
  }
  return kernel;
}

function filesOf(host: string): Record<string, string> {
  const id = HOSTS.findIndex((name) => name === host)
    .toString(16)
    .padStart(32, '0');
  const [type, plant, sequence] = MACHINE.serial.split('-');
  return {
    ...{
      // What a host is ready with.
      '/sys/kernel/iommu_groups/0/type': 'DMA-FQ\n',
      '/dev/vfio/vfio': '',
      '/etc/machine-id': `${id}\n`,
      '/proc/sys/kernel/random/boot_id': `boot-${host}\n`,
      '/proc/meminfo': 'MemTotal:       67108864 kB\nMemAvailable:   67108864 kB\n',
    },
    ...(MACHINE.partitions.some((name) => name === host) ? { '/proc/sysinfo': `Type: ${type}\nPlant: ${plant}\nSequence Code: ${sequence}\n` } : {}),
  };
}
