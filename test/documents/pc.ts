/** A PC: two graphics cards, of which the host's screen has one, two NVMe disks, a network card of the host and one with SR-IOV. */
import type { FakeFunction } from '../../src/testing/fake-kernel.ts';
import type { MachineRecipe } from './recipe.ts';

const VGA = 0x03_00_00;
const AUDIO = 0x04_03_00;
const NVME = 0x01_08_02;
const ETHERNET = 0x02_00_00;
const BRIDGE = 0x06_04_00;

/** A virtio interface that stays while a virtual function is away. */
const STANDBY = `    <interface type='network'>
      <mac address='52:54:00:aa:bb:43'/>
      <source network='default'/>
      <model type='virtio'/>
      <teaming type='persistent'/>
      <alias name='ua-standby'/>
    </interface>
`;

const q35 = (name: string, devices = ''): string => `<domain type='kvm'>
  <name>${name}</name>
  <memory unit='GiB'>4</memory>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <devices>
    <controller type='pci' model='pcie-root'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
    <controller type='pci' model='pcie-root-port'/>
${devices}  </devices>
</domain>
`;

const express = (
  address: string,
  [vendor, device]: readonly [number, number],
  pciClass: number,
): { address: string; vendor: number; device: number; pciClass: number; express: true } => ({
  address,
  vendor,
  device,
  pciClass,
  express: true,
});

const netdev = (name: string, address: string): Readonly<Record<string, string>> => ({
  [`/sys/class/net/${name}`]: `→ ../../devices/pci0000:00/${address}/net/${name}`,
  [`/sys/class/net/${name}/flags`]: '0x1003',
});

const FUNCTIONS: readonly FakeFunction[] = [
  { ...express('0000:00:01.0', [0x8086, 0x460d], BRIDGE), headerType: 1, driver: 'pcieport' },
  { ...express('0000:00:02.0', [0x8086, 0x4680], VGA), driver: 'i915', attributes: { boot_vga: '1', reset_method: 'flr' } },
  { ...express('0000:00:1f.6', [0x8086, 0x1a1d], ETHERNET), driver: 'e1000e', netdev: 'eno1' },
  { ...express('0000:01:00.0', [0x10de, 0x2204], VGA), driver: 'nouveau', attributes: { boot_vga: '0', reset_method: 'bus' } },
  { ...express('0000:01:00.1', [0x10de, 0x1aef], AUDIO), driver: 'snd_hda_intel', attributes: { reset_method: 'bus' } },
  { ...express('0000:02:00.0', [0x144d, 0xa80a], NVME), driver: 'nvme', attributes: { reset_method: 'flr bus' } },
  { ...express('0000:03:00.0', [0x144d, 0xa80a], NVME), driver: 'nvme', attributes: { reset_method: 'flr bus' } },
  {
    ...express('0000:04:00.0', [0x8086, 0x1563], ETHERNET),
    driver: 'ixgbe',
    netdev: 'ens4f0',
    sriov: { total: 63, driver: 'ixgbevf', device: 0x1565 },
    attributes: { reset_method: 'flr bus' },
  },
];

const GROUPS: Readonly<Record<string, number>> = {
  '0000:00:01.0': 1,
  '0000:00:02.0': 0,
  '0000:00:1f.6': 9,
  '0000:01:00.0': 14,
  '0000:01:00.1': 14,
  '0000:02:00.0': 15,
  '0000:03:00.0': 16,
  '0000:04:00.0': 17,
};

/** What the kernel says of an Intel machine whose IOMMU is on. */
const READY: Readonly<Record<string, string>> = {
  '/sys/class/iommu/dmar0': '→ ../../devices/virtual/iommu/dmar0',
  '/sys/firmware/acpi/tables/DMAR': '',
  ...Object.fromEntries(Object.values(GROUPS).map((group) => [`/sys/kernel/iommu_groups/${group}/type`, 'DMA'])),
  '/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts': 'N',
  '/dev/vfio/vfio': '',
};

const KERNEL: Readonly<Record<string, string>> = {
  '/sys/module/vfio_pci/holders/none': '',
  '/proc/cpuinfo': 'vendor_id\t: GenuineIntel\n',
  '/proc/cmdline': 'BOOT_IMAGE=/boot/vmlinuz-6.12.57+deb13-amd64 root=/dev/nvme0n1p2 ro quiet\n',
  '/proc/self/limits':
    'Limit                     Soft Limit           Hard Limit           Units\nMax locked memory         8388608              8388608              bytes\n',
  '/sys/kernel/security/lockdown': '[none] integrity confidentiality\n',
  '/etc/debian_version': '13.2\n',
};

export const PC: MachineRecipe = {
  functions: FUNCTIONS.map((each) => ({ ...each, iommuGroup: GROUPS[each.address] ?? 0 })),
  files: {
    ...KERNEL,
    ...READY,
    '/sys/class/block/nvme0n1': '→ ../../devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1',
    '/sys/class/block/nvme0n1/dev': '259:0',
    '/sys/class/block/nvme0n1p2': '→ ../../devices/pci0000:00/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p2',
    '/sys/class/block/nvme0n1p2/dev': '259:2',
    '/sys/class/block/nvme0n1p2/partition': '2',
    '/sys/class/block/nvme1n1': '→ ../../devices/pci0000:00/0000:03:00.0/nvme/nvme1/nvme1n1',
    '/sys/class/block/nvme1n1/dev': '259:3',
    ...netdev('eno1', '0000:00:1f.6'),
    ...netdev('ens4f0', '0000:04:00.0'),
    '/proc/self/mountinfo': '1 1 259:2 / / rw - ext4 /dev/nvme0n1p2 rw\n',
    '/proc/net/route': 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neno1\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n',
    '/usr/lib/x86_64-linux-gnu/libvirt.so.0.11003.0': '',
  },
  guests: [
    { xml: q35('games'), runs: false },
    { xml: q35('mail', STANDBY), runs: true },
    { xml: q35('web'), runs: true },
  ],
  directory: {
    'guest.xml': q35('guest'),
    'wish.yaml': `formatVersion: 1
functions:
  - function: "0000:03:00.0"
    persist: true
virtualFunctions:
  - physicalFunction: "0000:04:00.0"
    numVfs: 2
    settings:
      - { index: 0, mac: 52:54:00:aa:bb:42, vlan: 42 }
guests:
  - guest: web
    hostdevs:
      - function: "0000:03:00.0"
      - function: { physicalFunction: "0000:04:00.0", index: 0 }
`,
    'unquoted.yaml': `formatVersion: 1
functions:
  - function: 0000:03:00.0
    persist: yes
`,
  },
  pciIds: `10de  NVIDIA Corporation
\t1aef  GA102 High Definition Audio Controller
\t2204  GA102 [GeForce RTX 3090]
144d  Samsung Electronics Co Ltd
\ta80a  NVMe SSD Controller PM9A1/PM9A3/980PRO
8086  Intel Corporation
\t1563  Ethernet Controller X550
\t1565  X550 Virtual Function
\t1a1d  Ethernet Connection (17) I219-LM
\t460d  12th Gen Core Processor PCI Express x16 Controller #1
\t4680  AlderLake-S GT1
C 01  Mass storage controller
\t08  Non-Volatile memory controller
C 02  Network controller
\t00  Ethernet controller
C 03  Display controller
\t00  VGA compatible controller
C 04  Multimedia controller
\t03  Audio device
C 06  Bridge
\t04  PCI bridge
`,
};

/** The same PC before its IOMMU was switched on: no function has a group. */
export const PC_WITHOUT_IOMMU: MachineRecipe = {
  ...PC,
  functions: FUNCTIONS,
  files: Object.fromEntries(Object.entries({ ...PC.files, '/sys/firmware/acpi/tables/FACP': '' }).filter(([path]) => !(path in READY))),
};
