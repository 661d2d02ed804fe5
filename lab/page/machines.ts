/** The machines on which the page is looked at: those of the documents, with more of everything that a view may have to show. */
import { PC, PC_WITHOUT_IOMMU } from '../../test/documents/pc.ts';
import type { MachineRecipe } from '../../test/documents/recipe.ts';
import { Z } from '../../test/documents/z.ts';
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';

const nvme = (address: string, fid: number, iommuGroup: number, pchid: string): FakeFunction => ({
  ...{ address, vendor: 0x1014, device: 0x0639, pciClass: 0x01_08_02, driver: 'nvme', iommuGroup, express: true, fid },
  attributes: { uid: `0x${address.slice(2, 4)}`, uid_is_unique: '1', pchid, port: '0', reset_method: 'bus' },
});

/** A guest that has had a function since it was started; libvirt's own note of it is where libvirt has it. */
const HELD = '0033:00:00.0';
const HOLDER = (Z.guests[0]?.xml ?? '').replace(
  '<devices/>',
  `<devices>
    <hostdev mode='subsystem' type='pci' managed='yes'>
      <source>
        <address domain='0x0033' bus='0x00' slot='0x00' function='0x0'/>
      </source>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x01' function='0x0'>
        <zpci uid='0x0021' fid='0x00000000'/>
      </address>
    </hostdev>
  </devices>`,
);

/** Both graphics functions are behind the port that they are plugged into. */
const behindPort = (each: FakeFunction): FakeFunction => (each.address.startsWith('0000:01:') ? { ...each, behind: '0000:00:01.0' } : each);

export const MACHINES = {
  z: {
    ...Z,
    functions: [
      ...[...Z.functions, nvme('0031:00:00.0', 0x61, 3, '0x0148'), nvme('0032:00:00.0', 0x62, 4, '0x01c0')],
      { ...nvme(HELD, 0x63, 5, '0x01c0'), driver: 'vfio-pci' },
    ],
    guests: [{ xml: HOLDER, runs: true }],
    files: {
      ...Z.files,
      // zPCI has an IOMMU wherever there is a function; the fake has only what it is told.
      ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((group) => [`/sys/kernel/iommu_groups/${group}/type`, 'DMA'])),
      '/proc/sys/kernel/hostname': 'z16-lp3',
      '/run/libvirt/qemu/linux1.xml': `<domstatus state='running' reason='booted' pid='42'>${HOLDER}</domstatus>`,
      '/sys/module/vfio_pci/holders/none': '',
      '/dev/vfio/vfio': '',
    },
  },
  pc: { ...PC, functions: PC.functions.map(behindPort), files: { ...PC.files, '/proc/sys/kernel/hostname': 'workshop' } },
  'pc-without-iommu': PC_WITHOUT_IOMMU,
} as const satisfies Readonly<Record<string, MachineRecipe>>;

export type MachineName = keyof typeof MACHINES;

/** A machine with that many functions, most of them virtual, and guests: what the page must still be quick with. */
export function largeMachine(physicalFunctions: number, guests: number): MachineRecipe {
  const functions = Array.from({ length: physicalFunctions }, (_, at): FakeFunction => {
    const bus = (0x10 + at).toString(16).padStart(2, '0');
    const sriov = { total: 63, driver: 'ixgbevf', device: 0x1565 };
    return {
      address: `0000:${bus}:00.0`,
      vendor: 0x8086,
      device: 0x1563,
      pciClass: 0x02_00_00,
      driver: 'ixgbe',
      iommuGroup: 100 + at,
      express: true,
      netdev: `ens${at}f0`,
      sriov,
    };
  });
  const [template] = PC.guests;
  const named = (at: number): string => (template?.xml ?? '').replace('<name>games</name>', `<name>guest${String(at).padStart(3, '0')}</name>`);
  return { ...PC, functions, guests: Array.from({ length: guests }, (_, at) => ({ xml: named(at), runs: at % 2 === 0 })) };
}
