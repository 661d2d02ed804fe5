/** A machine with one function of every kind, as a list of paths. */
import type { HostPort } from '../../src/host/port.ts';
import { type Tree, treePort } from '../../src/testing/tree-port.ts';

/** A function in sysfs; `group` may be none. */
function fn(address: string, pciClass: string, driver: string | undefined, group: number | undefined): Tree {
  const at = `/sys/bus/pci/devices/${address}`;
  return {
    [`${at}/vendor`]: '0x8086',
    [`${at}/device`]: '0x1521',
    [`${at}/class`]: pciClass,
    [`${at}/modalias`]: 'pci:v00008086d00001521sv00000000sd00000000bc02sc00i00',
    [`${at}/current_link_speed`]: '8.0 GT/s PCIe',
    ...(driver === undefined ? {} : { [`${at}/driver`]: `→ ../../bus/pci/drivers/${driver}` }),
    ...(group === undefined
      ? {}
      : { [`${at}/iommu_group`]: `→ ../../kernel/iommu_groups/${group}`, [`/sys/kernel/iommu_groups/${group}/devices/${address}`]: '→ x' }),
  };
}

function disk(address: string, name: string, number: string): Tree {
  return { [`/sys/class/block/${name}`]: `→ ../../devices/pci0000:00/${address}/nvme/nvme0/${name}`, [`/sys/class/block/${name}/dev`]: number };
}

function nic(address: string, name: string): Tree {
  return { [`/sys/bus/pci/devices/${address}/net/${name}/x`]: '', [`/sys/class/net/${name}`]: `→ ../../devices/pci0000:00/${address}/net/${name}` };
}

/** Address of the function of each kind. */
export const KINDS = {
  free: '0000:01:00.0',
  companions: '0000:02:00.0',
  companion: '0000:02:00.1',
  storage: '0000:03:00.0',
  network: '0000:04:00.0',
  console: '0000:05:00.0',
  held: '0000:06:00.0',
  'beside a held one': '0000:06:00.1',
  bridge: '0000:07:00.0',
  'no group': '0000:08:00.0',
  dead: '0000:09:00.0',
  unknown: '0000:0a:00.0',
  'PF with VFs': '0000:0b:00.0',
  VF: '0000:0b:10.0',
  'chipset group': '0000:0c:00.3',
  VMD: '0000:0e:00.0',
  'behind VMD': '10000:e1:00.0',
  absent: '0000:0f:00.0',
} as const;

export type Kind = keyof typeof KINDS;

export const EVERY_KIND: Tree = {
  ...fn(KINDS.free, '0x020000', 'igb', 1),
  ...nic(KINDS.free, 'eth1'),
  ...fn(KINDS.companions, '0x030000', 'nouveau', 2),
  ...fn(KINDS.companion, '0x040300', 'snd_hda_intel', 2),
  ...fn(KINDS.storage, '0x010802', 'nvme', 3),
  ...disk(KINDS.storage, 'nvme0n1', '259:0'),
  ...fn(KINDS.network, '0x020000', 'igb', 4),
  ...nic(KINDS.network, 'eth0'),
  ...fn(KINDS.console, '0x030000', 'i915', 5),
  [`/sys/bus/pci/devices/${KINDS.console}/boot_vga`]: '1',
  ...fn(KINDS.held, '0x020000', 'vfio-pci', 6),
  ...fn(KINDS['beside a held one'], '0x040300', 'vfio-pci', 6),
  ...fn(KINDS.bridge, '0x060400', 'pcieport', 7),
  ...fn(KINDS['no group'], '0x020000', 'igb', undefined),
  ...fn(KINDS.dead, '0x030000', 'nouveau', 9),
  [`/sys/bus/pci/devices/${KINDS.dead}/config`]: 'ones',
  ...fn(KINDS.unknown, '0x010802', 'nvme', 10),
  ...disk(KINDS.unknown, 'nvme1n1', '259:1'),
  ...fn(KINDS['PF with VFs'], '0x020000', 'igb', 11),
  ...nic(KINDS['PF with VFs'], 'eth2'),
  [`/sys/bus/pci/devices/${KINDS['PF with VFs']}/sriov_totalvfs`]: '7',
  [`/sys/bus/pci/devices/${KINDS['PF with VFs']}/sriov_numvfs`]: '1',
  [`/sys/bus/pci/devices/${KINDS['PF with VFs']}/virtfn0`]: `→ ../${KINDS.VF}`,
  ...fn(KINDS.VF, '0x020000', 'igbvf', 12),
  [`/sys/bus/pci/devices/${KINDS.VF}/physfn`]: `→ ../${KINDS['PF with VFs']}`,
  ...fn('0000:0c:00.0', '0x060100', 'lpc_ich', 13),
  ...fn(KINDS['chipset group'], '0x040300', 'snd_hda_intel', 13),
  ...fn(KINDS.VMD, '0x010400', 'vmd', 14),
  ...fn(KINDS['behind VMD'], '0x010802', 'nvme', 14),
  [`/sys/bus/pci/devices/${KINDS['behind VMD']}`]: `→ ../../../devices/pci0000:00/${KINDS.VMD}/pci10000:e0/${KINDS['behind VMD']}`,
  '/sys/bus/pci/drivers/vfio-pci/bind': '',
  '/proc/1/fd/0': '→ /dev/null',
  '/proc/42/fd/9': '→ /dev/vfio/6',
  '/proc/42/comm': 'qemu-system-x86',
  '/proc/42/cmdline': 'qemu-system-x86_64\0-name\0guest=other,debug-threads=on\0',
  '/proc/self/mountinfo': '1 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n',
  '/proc/net/route': 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n',
};

export function machineWithEveryKind(): HostPort {
  const port = treePort(EVERY_KIND, { claimed: ['/dev/nvme1n1'] });
  const ones = new Uint8Array(256).fill(0xff);
  return { ...port, read: async (path, limit) => (path.endsWith(`${KINDS.dead}/config`) ? ones : port.read(path, limit)) };
}
