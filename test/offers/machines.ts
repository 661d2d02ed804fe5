/** Random hosts of which something can be offered: groups of one function and of several, over slots and within them, with host drivers, VFIO and none, in use and held. */
import fc from 'fast-check';
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';

export interface RandomHost {
  readonly functions: readonly FakeFunction[];
  readonly files: Readonly<Record<string, string>>;
  /** Virtual functions that are made, by physical one. */
  readonly vfs: readonly (readonly [address: string, count: number])[];
}

const DRIVERS = [undefined, 'nvme', 'snd_hda_intel', 'vfio-pci', 'vfio-pci', 'mlx5_vfio_pci', 'nvgrace-gpu-vfio-pci', 'pci-stub'] as const;
const CLASSES = [0x030000, 0x030200, 0x010802, 0x020000, 0x040300, 0x0c0330, 0x120000, 0x060400, 0x060100] as const;

const one = fc.record({
  kind: fc.integer({ min: 0, max: 2 }),
  driver: fc.constantFrom(...DRIVERS),
  pciClass: fc.constantFrom(...CLASSES, ...CLASSES.slice(0, 5)),
  hasSubsystem: fc.boolean(),
  isUsed: fc.integer({ min: 0, max: 7 }),
  vfs: fc.constantFrom(0, 0, 0, 1, 3),
  hasMdevTypes: fc.integer({ min: 0, max: 5 }),
  /** In the group of the one before, or in one of its own; or in none. */
  group: fc.constantFrom('own', 'own', 'before', 'before', 'none'),
});

const slot = fc.array(one, { minLength: 1, maxLength: 3 });

export const randomHost: fc.Arbitrary<RandomHost> = fc.array(slot, { minLength: 1, maxLength: 7 }).map((slots) => {
  let group = 0;
  const functions: FakeFunction[] = [];
  const files: Record<string, string> = {};
  const vfs: [string, number][] = [];
  for (const [at, members] of slots.entries()) {
    for (const [fn, each] of members.entries()) {
      const address = `0000:${(at + 1).toString(16).padStart(2, '0')}:00.${fn}`;
      if (each.group === 'own' || group === 0) group += 1;
      const isBridge = each.pciClass >> 16 === 6;
      const isPhysical = !isBridge && each.vfs > 0;
      const driver = isPhysical ? 'ixgbe' : each.driver;
      functions.push({
        ...{ address, vendor: 0x10de, device: 0x2200 + each.kind, pciClass: isPhysical ? 0x020000 : each.pciClass },
        ...(driver === undefined ? {} : { driver }),
        ...(each.group === 'none' ? {} : { iommuGroup: group }),
        ...(isBridge ? { headerType: 1 as const } : {}),
        ...(isPhysical ? { netdev: `eth${functions.length}`, sriov: { total: 7, driver: 'vfio-pci', device: 0x2210 } } : {}),
        ...(each.hasSubsystem ? { attributes: { subsystem_vendor: '0x10de', subsystem_device: '0x1467' } } : {}),
      });
      if (isPhysical && each.isUsed > 3) vfs.push([address, each.vfs]);
      if (each.hasMdevTypes === 0) files[`/sys/bus/pci/devices/${address}/mdev_supported_types/nvidia-1/name`] = 'A\n';
      if (driver === 'vfio-pci' && each.isUsed === 1) files[`/run/libvirt/qemu/g${functions.length}.xml`] = runningWith(`g${functions.length}`, at + 1, fn);
    }
  }
  return { functions, files, vfs };
});

function runningWith(guest: string, bus: number, fn: number): string {
  const address = `<address domain='0x0000' bus='0x${bus.toString(16)}' slot='0x00' function='0x${fn}'/>`;
  return `<domstatus state='running'><domain type='kvm'><name>${guest}</name><devices><hostdev mode='subsystem' type='pci' managed='yes'><source>${address}</source></hostdev></devices></domain></domstatus>`;
}
