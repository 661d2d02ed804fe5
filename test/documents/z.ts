/** An LPAR of IBM Z: two functions of a RoCE card, and an NVMe disk; one more function on standby. */
import type { MachineRecipe } from './recipe.ts';

const zpci = (uid: string, pchid: string, port: string): Readonly<Record<string, string>> => ({ uid, uid_is_unique: '1', pchid, port, reset_method: 'bus' });

const ccw = (name: string): string => `<domain type='kvm'>
  <name>${name}</name>
  <memory unit='GiB'>4</memory>
  <os>
    <type arch='s390x' machine='s390-ccw-virtio'>hvm</type>
  </os>
  <devices/>
</domain>
`;

export const Z: MachineRecipe = {
  functions: [
    {
      address: '0021:00:00.0',
      vendor: 0x15b3,
      device: 0x1016,
      pciClass: 0x02_00_00,
      driver: 'mlx5_core',
      iommuGroup: 0,
      express: true,
      fid: 0x51,
      netdev: 'ens81',
      attributes: zpci('0x21', '0x0128', '1'),
    },
    {
      address: '0022:00:00.0',
      vendor: 0x15b3,
      device: 0x1016,
      pciClass: 0x02_00_00,
      driver: 'mlx5_core',
      iommuGroup: 1,
      express: true,
      fid: 0x52,
      netdev: 'ens82',
      attributes: zpci('0x22', '0x0128', '2'),
    },
    {
      address: '0030:00:00.0',
      vendor: 0x1014,
      device: 0x0639,
      pciClass: 0x01_08_02,
      driver: 'nvme',
      iommuGroup: 2,
      express: true,
      fid: 0x60,
      attributes: zpci('0x30', '0x0148', '0'),
    },
  ],
  files: {
    '/sys/class/block/nvme0n1': '→ ../../devices/pci0030:00/0030:00:00.0/nvme/nvme0/nvme0n1',
    '/sys/class/block/nvme0n1/dev': '259:0',
    '/sys/class/net/ens81': '→ ../../devices/pci0021:00/0021:00:00.0/net/ens81',
    '/sys/class/net/ens81/flags': '0x1003',
    '/sys/class/net/ens82': '→ ../../devices/pci0022:00/0022:00:00.0/net/ens82',
    '/sys/class/net/ens82/flags': '0x1003',
    '/proc/net/route': 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nens81\t00000000\tC0A80201\t0003\t0\t0\t100\t00000000\n',
    '/usr/lib/s390x-linux-gnu/libvirt.so.0.11003.0': '',
  },
  guests: [{ xml: ccw('linux1'), runs: true }],
  directory: { 'guest.xml': ccw('guest') },
  pciIds: `1014  IBM
\t0639  NVMe SSD
15b3  Mellanox Technologies
\t1016  MT27710 Family [ConnectX-4 Lx Virtual Function]
C 01  Mass storage controller
\t08  Non-Volatile memory controller
C 02  Network controller
\t00  Ethernet controller
`,
};
