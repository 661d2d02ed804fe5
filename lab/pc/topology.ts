/**
 * The PCI functions of the emulated PC host: root ports, a switch without ACS, a bridge to conventional PCI, cards with
 * SR-IOV, two functions of one device, a second NUMA node. Addresses are the kernel's; they follow from the order of ports.
 */
import type { MachineFiles } from '../machine/running.ts';

const MiB = 1024 * 1024;

/** One place in the topology: what stands there, and the disks it needs. */
interface Place {
  /** Name of the place, for hosts that have only some of them. */
  readonly name: string;
  readonly disks?: Readonly<Record<string, number>>;
  readonly devices: readonly string[];
}

const rootPort = (n: number, slot: string): string => `pcie-root-port,io-reserve=0,id=rp${n},bus=pcie.0,addr=${slot},chassis=${n},slot=${n}`;
const nvme = (id: string, bus: string, at = '0'): string => `nvme,id=${id},bus=${bus},addr=${at},serial=LAB${id.toUpperCase()},drive=${id}`;

/** Two networks: what is on them reaches QEMU's own router and nothing else. */
const NETWORKS = ['-netdev', 'user,id=u0,restrict=on', '-netdev', 'user,id=u1,restrict=on'];

const PLACES: readonly Place[] = [
  { name: 'vga', devices: ['VGA,bus=pcie.0,addr=01.0'] },
  { name: 'nic', devices: [rootPort(1, '08.0'), 'e1000e,bus=rp1,addr=0,netdev=u0,mac=52:54:00:00:01:00,romfile='] },
  { name: 'sriov-nic', devices: [rootPort(2, '09.0'), 'igb,bus=rp2,addr=0,netdev=u1,mac=52:54:00:00:02:00,romfile='] },
  {
    name: 'sriov-nvme',
    disks: { ns: 64 * MiB },
    devices: [
      rootPort(3, '0a.0'),
      'nvme-subsys,id=subsys0,nqn=lab',
      'nvme,id=nsc,bus=rp3,addr=0,serial=LABNS,subsys=subsys0,sriov_max_vfs=4,sriov_vq_flexible=8,sriov_vi_flexible=4,max_ioqpairs=10,msix_qsize=7',
      'nvme-ns,drive=ns,bus=nsc,shared=on',
    ],
  },
  { name: 'root-nvme', devices: [rootPort(4, '0b.0'), nvme('n0', 'rp4')] },
  { name: 'nvme', disks: { n1: 256 * MiB }, devices: [rootPort(5, '0c.0'), nvme('n1', 'rp5')] },
  {
    name: 'switch',
    disks: { n2: 64 * MiB },
    devices: [
      rootPort(6, '0d.0'),
      'x3130-upstream,id=up,bus=rp6,addr=0',
      ...[0, 1, 2].map((n) => `xio3130-downstream,id=dn${n},bus=up,addr=${n},chassis=6${n},slot=6${n}`),
      'e1000e,bus=dn0,addr=0,mac=52:54:00:00:08:00,romfile=',
      nvme('n2', 'dn1'),
    ],
  },
  {
    name: 'conventional',
    devices: [
      'pcie-pci-bridge,id=pb,bus=pcie.0,addr=0e.0',
      'e1000,bus=pb,addr=1,mac=52:54:00:00:0b:01,romfile=',
      'rtl8139,bus=pb,addr=2,mac=52:54:00:00:0b:02,romfile=',
      'AC97,bus=pb,addr=3,audiodev=silence',
    ],
  },
  {
    name: 'graphics',
    devices: [
      rootPort(7, '0f.0'),
      'bochs-display,bus=rp7,addr=00.0,multifunction=on',
      'intel-hda,id=hda,bus=rp7,addr=00.1',
      'hda-duplex,bus=hda.0,audiodev=silence',
    ],
  },
  {
    name: 'usb',
    disks: { stick: 32 * MiB },
    devices: [rootPort(8, '10.0'), 'qemu-xhci,id=xhci,bus=rp8,addr=0', 'usb-kbd,bus=xhci.0', 'usb-storage,bus=xhci.0,drive=stick,removable=on'],
  },
  // Not iommu_platform=on: QEMU 10.0 then writes to where a queue was after its driver has gone, and the kernel panics some time later
  // (seen as a page fault in virtscsi_complete_cmd; 40 unbinds were enough).
  { name: 'virtio-net', devices: [rootPort(9, '11.0'), 'virtio-net-pci,bus=rp9,addr=0,mac=52:54:00:00:0e:00,disable-legacy=on,romfile='] },
  {
    name: 'virtio-scsi',
    disks: { sd: 64 * MiB },
    devices: [rootPort(10, '12.0'), 'virtio-scsi-pci,id=scsi,bus=rp10,addr=0,disable-legacy=on', 'scsi-hd,bus=scsi.0,drive=sd'],
  },
  {
    name: 'multifunction',
    disks: { n3: 160 * MiB, n4: 160 * MiB },
    devices: [rootPort(11, '13.0'), `${nvme('n3', 'rp11', '00.0')},multifunction=on`, nvme('n4', 'rp11', '00.1')],
  },
  { name: 'empty', devices: [rootPort(12, '14.0')] },
  { name: 'second-nic', devices: [rootPort(13, '15.0'), 'e1000e,bus=rp13,addr=0,mac=52:54:00:00:12:00,romfile='] },
  { name: 'serial', devices: ['pci-serial,bus=pcie.0,addr=16.0,chardev=nowhere'] },
  { name: 'ahci', disks: { ahci: 64 * MiB }, devices: ['ide-hd,bus=ide.0,drive=ahci'] },
  {
    name: 'numa',
    disks: { n5: 64 * MiB },
    devices: [
      'pxb-pcie,id=pxb,bus=pcie.0,addr=1c.0,bus_nr=128,numa_node=1',
      ...[0, 1].map((n) => `pcie-root-port,id=rp2${n},bus=pxb,addr=0${n}.0,chassis=2${n},slot=2${n}`),
      'e1000e,bus=rp20,addr=0,mac=52:54:00:00:81:00,romfile=',
      nvme('n5', 'rp21'),
    ],
  },
];

/** Arguments of the whole topology, or of the places named. `rootDisk` is the image behind the NVMe that root can be on. */
export async function topologyArguments(files: MachineFiles, rootDisk: readonly string[], names?: readonly string[]): Promise<string[]> {
  const args = [...NETWORKS, '-audiodev', 'none,id=silence', '-chardev', 'null,id=nowhere'];
  for (const { name, disks = {}, devices } of PLACES) {
    if (names !== undefined && !names.includes(name)) continue;
    for (const [id, bytes] of Object.entries(disks)) {
      args.push('-drive', `if=none,id=${id},file=${await files.disk(id, bytes)},format=raw,snapshot=on,cache=unsafe`);
    }
    if (name === 'root-nvme') args.push(...rootDisk);
    args.push(...devices.flatMap((device) => ['-device', device]));
  }
  return args;
}
