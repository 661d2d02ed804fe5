import { describe, expect, it } from 'vitest';
import { formatEvidence } from '../../state/verdict.ts';
import { type Tree, type TreeOptions, treePort } from '../../testing/tree-port.ts';
import { readHostState } from '../host-state.ts';
import { judge } from '../../state/judge.ts';

const ADDRESS = '0000:01:00.0';
const MATE = '0000:01:00.1';

/** A function of the host, alone in its group unless told otherwise. */
const fn = (address: string, pciClass: string, more: Tree = {}, group = '7'): Tree => {
  const at = `/sys/bus/pci/devices/${address}`;
  return {
    [`${at}/vendor`]: '0x8086',
    [`${at}/device`]: '0x1234',
    [`${at}/class`]: pciClass,
    [`${at}/driver`]: '→ ../../bus/pci/drivers/some',
    [`${at}/iommu_group`]: `→ ../../kernel/iommu_groups/${group}`,
    ...Object.fromEntries(Object.entries(more).map(([name, text]) => [`${at}/${name}`, text])),
  };
};
const nvme = fn(ADDRESS, '0x010802');
const nic = fn(ADDRESS, '0x020000');

/** A block device below the function, or stacked on others. */
const block = (name: string, number: string, more: Tree = {}, path = `../../devices/pci0000:00/${ADDRESS}/nvme/nvme0/${name}`): Tree => ({
  [`/sys/class/block/${name}`]: `→ ${path}`,
  [`/sys/class/block/${name}/dev`]: number,
  ...Object.fromEntries(Object.entries(more).map(([key, text]) => [`/sys/class/block/${name}/${key}`, text])),
});
const stacked = (name: string, number: string, more: Tree = {}): Tree => block(name, number, more, `../../devices/virtual/block/${name}`);
const dm = (name: string, number: string, dmName: string, uuid: string, more: Tree = {}): Tree =>
  stacked(name, number, { 'dm/name': dmName, 'dm/uuid': uuid, ...more });
const holds = (...names: string[]): Tree => Object.fromEntries(names.map((name) => [`holders/${name}`, '→ x']));

const mounts = (...lines: string[]): Tree => ({ '/proc/self/mountinfo': lines.map((line, i) => `${i} 1 ${line}`).join('\n') });
const mount = (number: string, where: string, source = '/dev/x', type = 'ext4'): string => `${number} / ${where} rw - ${type} ${source} rw`;
const swaps = (...files: string[]): Tree => ({
  '/proc/swaps': `Filename Type Size Used Priority\n${files.map((file) => `${file} partition 1 0 -2\n`).join('')}`,
});

const disk = { ...nvme, ...block('nvme0n1', '259:0'), ...block('nvme0n1p2', '259:2') };
const netdev = (name: string, path = `../../devices/pci0000:00/${ADDRESS}/net/${name}`, more: Tree = {}): Tree => ({
  [`/sys/class/net/${name}`]: `→ ${path}`,
  ...Object.fromEntries(Object.entries(more).map(([key, text]) => [`/sys/class/net/${name}/${key}`, text])),
});
const virtual = (name: string, more: Tree = {}): Tree => netdev(name, `../../devices/virtual/net/${name}`, more);
const route = (name: string): Tree => ({
  '/proc/net/route': `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n${name}\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\n`,
});
/** 192.0.2.0/24 on an interface, as a little-endian kernel writes it. */
const subnet = (name: string): Tree => ({
  '/proc/net/route': `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\n${name}\t000200C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\n`,
});
const keyboard = (address: string, n: number): Tree => ({
  [`/sys/class/input/input${n}`]: `→ ../../devices/pci0000:00/${address}/usb1/1-1/input/input${n}`,
  [`/sys/class/input/input${n}/name`]: 'USB Keyboard',
  [`/sys/class/input/input${n}/capabilities/key`]: '1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe',
});

async function verdictOf(tree: Tree, options: TreeOptions = {}, address = ADDRESS): Promise<[string, ...string[]]> {
  const port = treePort(tree, options);
  const state = await readHostState(port);
  const all = state.functions;
  const verdicts = judge(state);
  const index = all.findIndex(
    (device) => `${device.address.bus}.${device.address.function}` === `${Number.parseInt(address.slice(5, 7), 16)}.${address.at(-1)}`,
  );
  const verdict = verdicts[index];
  return [verdict?.verdict ?? '', ...(verdict?.evidence ?? []).map(formatEvidence)];
}

describe('what the host uses is recognised, with the whole chain', () => {
  it.each<[string, Tree, TreeOptions, string]>([
    ['a mounted partition', { ...disk, ...mounts(mount('259:2', '/')) }, {}, 'nvme0n1p2 → mounted on /'],
    ['a mounted whole disk', { ...disk, ...mounts(mount('259:0', '/srv')) }, {}, 'nvme0n1 → mounted on /srv'],
    ['a mount point with a blank', { ...disk, ...mounts(mount('259:2', '/my\\040data')) }, {}, 'nvme0n1p2 → mounted on /my data'],
    [
      "swap on LVM, by device mapper's own name",
      {
        ...nvme,
        ...block('nvme0n1', '259:0', holds('dm-1')),
        ...dm('dm-1', '253:1', 'vg0-swap', 'LVM-abc'),
        ...swaps('/dev/mapper/vg0-swap'),
      },
      {},
      'nvme0n1 → LVM vg0-swap → swap',
    ],
    ['swap', { ...disk, ...swaps('/dev/nvme0n1p2') }, {}, 'nvme0n1p2 → swap'],
    [
      'LVM',
      {
        ...nvme,
        ...block('nvme0n1', '259:0'),
        ...block('nvme0n1p2', '259:2', holds('dm-0')),
        ...dm('dm-0', '253:0', 'vg0-root', 'LVM-abc'),
        ...mounts(mount('253:0', '/')),
      },
      {},
      'nvme0n1p2 → LVM vg0-root → mounted on /',
    ],
    [
      'LVM on crypt',
      {
        ...nvme,
        ...block('nvme0n1p2', '259:2', holds('dm-0')),
        ...dm('dm-0', '253:0', 'luks-1', 'CRYPT-LUKS2-x', holds('dm-1')),
        ...dm('dm-1', '253:1', 'vg0-root', 'LVM-abc'),
        ...mounts(mount('253:1', '/')),
      },
      {},
      'nvme0n1p2 → crypt luks-1 → LVM vg0-root → mounted on /',
    ],
    [
      'swap in LVM',
      { ...nvme, ...block('nvme0n1p2', '259:2', holds('dm-0')), ...dm('dm-0', '253:0', 'vg0-swap', 'LVM-abc'), ...swaps('/dev/dm-0') },
      {},
      'nvme0n1p2 → LVM vg0-swap → swap',
    ],
    [
      'an open crypt container from which nothing is mounted',
      { ...nvme, ...block('nvme0n1p2', '259:2', holds('dm-0')), ...dm('dm-0', '253:0', 'secret', 'CRYPT-LUKS2-x') },
      {},
      'nvme0n1p2 → crypt secret',
    ],
    [
      'RAID',
      { ...nvme, ...block('nvme0n1', '259:0', holds('md0')), ...stacked('md0', '9:0', { 'md/level': 'raid1' }), ...mounts(mount('9:0', '/data')) },
      {},
      'nvme0n1 → RAID md0 (raid1) → mounted on /data',
    ],
    [
      'a RAID that is only assembled',
      { ...nvme, ...block('nvme0n1', '259:0', holds('md0')), ...stacked('md0', '9:0', { 'md/level': 'raid5' }) },
      {},
      'nvme0n1 → RAID md0 (raid5)',
    ],
    [
      'multipath',
      { ...nvme, ...block('nvme0n1', '259:0', holds('dm-2')), ...dm('dm-2', '253:2', 'mpatha', 'mpath-3600'), ...mounts(mount('253:2', '/')) },
      {},
      'nvme0n1 → multipath mpatha → mounted on /',
    ],
    [
      'bcache',
      { ...nvme, ...block('nvme0n1', '259:0', holds('bcache0')), ...stacked('bcache0', '252:0'), ...mounts(mount('252:0', '/cache')) },
      {},
      'nvme0n1 → bcache bcache0 → mounted on /cache',
    ],
    [
      'btrfs, whose mounts have numbers of their own',
      { ...disk, ...mounts(mount('0:42', '/home', '/dev/nvme0n1p2', 'btrfs')) },
      {},
      'nvme0n1p2 → mounted on /home',
    ],
    [
      'a namespace that hangs on an NVMe subsystem',
      {
        ...nvme,
        ...block('nvme0n1', '259:0', {}, '../../devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1'),
        '/sys/class/nvme-subsystem/nvme-subsys0/nvme0': '→ x',
        '/sys/class/nvme/nvme0': `→ ../../devices/pci0000:00/${ADDRESS}/nvme/nvme0`,
        ...mounts(mount('259:0', '/')),
      },
      {},
      'nvme0n1 → mounted on /',
    ],
    [
      'a USB stick that is the boot disk',
      {
        ...fn(ADDRESS, '0x0c0330'),
        ...block('sda1', '8:1', {}, `../../devices/pci0000:00/${ADDRESS}/usb1/1-2/host0/block/sda/sda1`),
        ...mounts(mount('8:1', '/boot')),
      },
      {},
      'sda1 → mounted on /boot',
    ],
    [
      'btrfs on several disks, of which another one is named in the mount',
      {
        ...disk,
        ...block('sdb', '8:16', {}, '../../devices/pci0000:00/0000:05:00.0/ata1/block/sdb'),
        ...mounts(mount('0:42', '/data', '/dev/sdb', 'btrfs')),
        '/sys/fs/btrfs/1b2c/devices/nvme0n1p2': '→ x',
        '/sys/fs/btrfs/1b2c/devices/sdb': '→ x',
      },
      {},
      'nvme0n1p2 → btrfs with sdb, mounted on /data',
    ],
    [
      'a ZFS pool, by its name',
      {
        ...disk,
        '/sys/module/zfs/version': '2.3',
        '/run/udev/data/b259:2': 'S:disk/by-id/x\nE:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\n',
      },
      { claimed: ['/dev/nvme0n1p2', '/dev/nvme0n1'] },
      'nvme0n1p2 → ZFS pool tank',
    ],
    [
      'zram that writes back to a partition',
      { ...disk, ...stacked('zram0', '251:0', { backing_dev: '/dev/nvme0n1p2' }), ...swaps('/dev/zram0') },
      {},
      'nvme0n1p2 → zram0 → swap',
    ],
    [
      'a loop device on a partition',
      { ...disk, ...stacked('loop0', '7:0', { 'loop/backing_file': '/dev/nvme0n1p2' }), ...mounts(mount('7:0', '/iso')) },
      {},
      'nvme0n1p2 → loop /dev/nvme0n1p2 → mounted on /iso',
    ],
    [
      'NFS by the route to its server',
      { ...nic, ...netdev('eno1'), ...subnet('eno1'), ...mounts('0:50 / /home rw - nfs4 nas:/home rw,vers=4.2,addr=192.0.2.5') },
      {},
      'eno1 → NFS nas:/home mounted on /home',
    ],
    [
      'iSCSI by the route to its portal',
      {
        ...nic,
        ...netdev('eno1'),
        ...subnet('eno1'),
        '/sys/class/iscsi_connection/connection1:0/address': '192.0.2.5',
        '/sys/class/iscsi_session/session1/targetname': 'iqn.2026-01.org.example:root',
      },
      {},
      'eno1 → iSCSI iqn.2026-01.org.example:root',
    ],
    [
      'NVMe over TCP by the route to its target',
      {
        ...nic,
        ...netdev('eno1'),
        ...subnet('eno1'),
        '/sys/class/nvme/nvme7/transport': 'tcp',
        '/sys/class/nvme/nvme7/address': 'traddr=192.0.2.5,trsvcid=4420',
      },
      {},
      'eno1 → NVMe over TCP nvme7',
    ],
    [
      'a macvtap that the kernel calls so',
      { ...nic, ...netdev('eno1', undefined, { upper_tap9: '→ x' }), ...virtual('tap9', { uevent: 'DEVTYPE=macvtap\nINTERFACE=tap9' }) },
      {},
      'eno1 → macvtap tap9',
    ],
    ['an address', { ...nic, ...netdev('eno1') }, { addresses: { eno1: ['192.0.2.7'] } }, 'eno1 → address 192.0.2.7'],
    ['the default route', { ...nic, ...netdev('eno1'), ...route('eno1') }, {}, 'eno1 → default route'],
    [
      'the IPv6 default route',
      { ...nic, ...netdev('eno1'), '/proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 fe80000000000000 00000400 1 0 1 eno1\n` },
      {},
      'eno1 → default route',
    ],
    [
      "the session's own connection",
      { ...nic, ...netdev('eno1') },
      { addresses: { eno1: ['192.0.2.7'] }, sessionAddress: '192.0.2.7' },
      'eno1 → address 192.0.2.7 → your own session comes in here',
    ],
    [
      'a bridge with the default route',
      { ...nic, ...netdev('eno1', undefined, { master: '→ ../br0' }), ...virtual('br0', { 'bridge/stp_state': '0' }), ...route('br0') },
      {},
      'eno1 → bridge br0 → default route',
    ],
    [
      'a bridge that may carry guests',
      { ...nic, ...netdev('eno1', undefined, { master: '→ ../br0' }), ...virtual('br0', { 'bridge/stp_state': '0' }) },
      {},
      'eno1 → bridge br0',
    ],
    [
      'a bond in a bridge',
      {
        ...nic,
        ...netdev('eno1', undefined, { master: '→ ../bond0' }),
        ...virtual('bond0', { 'bonding/mode': '1', master: '→ ../br0' }),
        ...virtual('br0', { 'bridge/x': '' }),
      },
      { addresses: { br0: ['192.0.2.9'] } },
      'eno1 → bond bond0 → bridge br0 → address 192.0.2.9',
    ],
    [
      'a VLAN with an address',
      { ...nic, ...netdev('eno1', undefined, { 'upper_eno1.42': '→ x' }), ...virtual('eno1.42') },
      { addresses: { 'eno1.42': ['192.0.2.8'] } },
      'eno1 → VLAN eno1.42 → address 192.0.2.8',
    ],
    ['Open vSwitch', { ...nic, ...netdev('eno1', undefined, { master: '→ ../ovs-system' }), ...virtual('ovs-system') }, {}, 'eno1 → Open vSwitch ovs-system'],
    [
      'a virtio interface',
      { ...nic, ...netdev('eth0', `../../devices/pci0000:00/${ADDRESS}/virtio1/net/eth0`) },
      { addresses: { eth0: ['192.0.2.6'] } },
      'eth0 → address 192.0.2.6',
    ],
    [
      'a graphics card that a desktop draws on',
      {
        ...fn(ADDRESS, '0x030000'),
        '/sys/class/drm/card1': `→ ../../devices/pci0000:00/${ADDRESS}/drm/card1`,
        '/sys/class/drm/card1/uevent': 'MAJOR=226\nMINOR=1\nDEVNAME=dri/card1\nDEVTYPE=drm_minor',
        '/proc/812/fd/14': '→ /dev/dri/card1',
        '/proc/812/comm': 'Xorg',
      },
      {},
      '/dev/dri/card1 → open by Xorg (pid 812)',
    ],
    [
      "a graphics card of NVIDIA's own driver",
      {
        ...fn(ADDRESS, '0x030000'),
        [`/proc/driver/nvidia/gpus/${ADDRESS}/information`]: 'Model: Tesla T4\nDevice Minor: \t 0',
        '/proc/90/fd/4': '→ /dev/nvidia0',
        '/proc/90/comm': 'nvidia-persiste',
      },
      {},
      '/dev/nvidia0 → open by nvidia-persiste (pid 90)',
    ],
    [
      'a directory that a hypervisor shares',
      {
        ...fn(ADDRESS, '0x000200'),
        '/sys/bus/virtio/devices/virtio2': `→ ../../../devices/pci0000:00/${ADDRESS}/virtio2`,
        '/sys/bus/virtio/devices/virtio2/mount_tag': 'data\0',
        ...mounts('0:40 / /data rw - 9p data rw,trans=virtio'),
      },
      {},
      'share data → mounted on /data',
    ],
    ['boot VGA', fn(ADDRESS, '0x030000', { boot_vga: '1' }), {}, 'boot VGA: firmware and console draw on it'],
    [
      'a framebuffer',
      { ...fn(ADDRESS, '0x030000'), '/sys/class/graphics/fb0': `→ ../../devices/pci0000:00/${ADDRESS}/graphics/fb0` },
      {},
      'fb0 → console framebuffer',
    ],
    [
      'the framebuffer that the firmware handed over',
      {
        ...fn(ADDRESS, '0x030000'),
        '/proc/iomem': `00001000-0009ffff : System RAM\nc0000000-dfffffff : PCI Bus 0000:00\n  c0000000-cfffffff : ${ADDRESS}\n    c1000000-c17e8fff : BOOTFB\n`,
      },
      {},
      'the boot framebuffer lies in its memory → the console draws on it',
    ],
    [
      'the same as an ordinary user sees it',
      { ...fn(ADDRESS, '0x030000'), '/proc/iomem': `00000000-00000000 : PCI Bus 0000:00\n  00000000-00000000 : ${ADDRESS}\n    00000000-00000000 : efifb\n` },
      {},
      'the boot framebuffer lies in its memory → the console draws on it',
    ],
    [
      'a member of a ZFS pool in a copy of a machine, by the word of udev',
      {
        ...disk,
        '/sys/module/zfs/version': '2.2',
        '/run/udev/data/b259:2': 'E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\n',
      },
      { claims: 'not asked' },
      'nvme0n1p2 → ZFS pool tank',
    ],
    [
      'the serial console',
      {
        ...fn(ADDRESS, '0x070002'),
        '/proc/consoles': 'ttyS4                -W- (EC p  a)    4:68\n',
        '/sys/class/tty/ttyS4': `→ ../../devices/pci0000:00/${ADDRESS}/tty/ttyS4`,
      },
      {},
      'ttyS4 → kernel console',
    ],
    ['the only keyboard', { ...fn(ADDRESS, '0x0c0330'), ...keyboard(ADDRESS, 3) }, {}, 'USB Keyboard → the only keyboard'],
    ['a PF with VFs', fn(ADDRESS, '0x020000', { sriov_totalvfs: '4', sriov_numvfs: '1', virtfn0: '→ ../0000:01:10.0' }), {}, 'PF with 1 VF: 0000:01:10.0'],
    [
      'the parent of a mediated device',
      fn(ADDRESS, '0x030000', { 'mdev_supported_types/i915-1/devices/53764d0e': '→ x' }),
      {},
      'mediated device 53764d0e → i915-1',
    ],
    [
      'a group mate that is used',
      {
        ...nvme,
        ...fn(MATE, '0x010802'),
        ...block('nvme1n1', '259:5', {}, `../../devices/pci0000:00/${MATE}/nvme/nvme1/nvme1n1`),
        ...mounts(mount('259:5', '/')),
      },
      {},
      `group mate ${MATE} → nvme1n1 → mounted on /`,
    ],
  ])('%s', async (_, tree, options, expected) => {
    expect(await verdictOf(tree, options)).toEqual(['in use', expected]);
  });
});

describe('what only looks dangerous is free', () => {
  it.each<[string, Tree, TreeOptions]>([
    ['a disk with partitions that nobody mounts', disk, {}],
    ['a disk beside the mounted one', { ...disk, ...mounts(mount('259:9', '/')) }, {}],
    ['a function without driver', { ...nvme, [`/sys/bus/pci/devices/${ADDRESS}/driver`]: '→ ../../bus/pci/drivers/vfio-pci' }, {}],
    ['an interface without address', { ...nic, ...netdev('eno1') }, {}],
    ['an interface with nothing but a link-local address', { ...nic, ...netdev('eno1') }, { addresses: { eno1: ['fe80::1', '169.254.3.4'] } }],
    [
      'an interface while another has the default route',
      { ...nic, ...netdev('eno1'), ...virtual('wlan0'), ...route('wlan0') },
      { addresses: { wlan0: ['192.0.2.3'] } },
    ],
    ['an interface beside an empty bridge', { ...nic, ...netdev('eno1'), ...virtual('br0', { 'bridge/x': '' }) }, {}],
    [
      "the kernel's own unreachable IPv6 default",
      { ...nic, ...netdev('eno1'), '/proc/net/ipv6_route': `${'0'.repeat(32)} 00 ${'0'.repeat(32)} 00 0 ffffffff 1 0 200200 lo\n` },
      {},
    ],
    ['a graphics card that is not the boot VGA', fn(ADDRESS, '0x030000', { boot_vga: '0' }), {}],
    ['a framebuffer of another card', { ...fn(ADDRESS, '0x030000'), '/sys/class/graphics/fb0': '→ ../../devices/pci0000:00/0000:02:00.0/graphics/fb0' }, {}],
    [
      'a serial line that is no console',
      { ...fn(ADDRESS, '0x070002'), '/proc/consoles': 'tty0 -WU (EC p ) 4:1\n', '/sys/class/tty/ttyS4': `→ ../../devices/pci0000:00/${ADDRESS}/tty/ttyS4` },
      {},
    ],
    ['one of two keyboards', { ...fn(ADDRESS, '0x0c0330'), ...keyboard(ADDRESS, 3), ...keyboard('0000:05:00.0', 4) }, {}],
    [
      'a mouse, which has no letters',
      {
        ...fn(ADDRESS, '0x0c0330'),
        '/sys/class/input/input5': `→ ../../devices/pci0000:00/${ADDRESS}/usb1/input/input5`,
        '/sys/class/input/input5/capabilities/key': 'ff0000 0 0 0 0',
      },
      {},
    ],
    ['a PF without VFs', fn(ADDRESS, '0x020000', { sriov_totalvfs: '8', sriov_numvfs: '0' }), {}],
    ['a parent that could have mediated devices', fn(ADDRESS, '0x030000', { 'mdev_supported_types/i915-1/available_instances': '7' }), {}],
    ['a function whose group mate is unused', { ...nvme, ...fn(MATE, '0x040300') }, {}],
    [
      'a function whose neighbour in another group is used',
      {
        ...nvme,
        ...fn(MATE, '0x010802', {}, '8'),
        ...block('nvme1n1', '259:5', {}, `../../devices/pci0000:00/${MATE}/nvme/nvme1/nvme1n1`),
        ...mounts(mount('259:5', '/')),
      },
      {},
    ],
    ['a swap file line that names no device', { ...disk, ...swaps('/swapfile') }, {}],
    [
      'a graphics card that nobody draws on, beside one that is',
      {
        ...fn(ADDRESS, '0x030000'),
        '/sys/class/drm/card1': `→ ../../devices/pci0000:00/${ADDRESS}/drm/card1`,
        '/sys/class/drm/card1/uevent': 'DEVNAME=dri/card1',
        '/proc/1/fd/0': '→ /dev/null',
        '/proc/812/fd/14': '→ /dev/dri/card0',
        '/proc/812/comm': 'Xorg',
      },
      {},
    ],
    ['a mounted btrfs of other disks', { ...disk, ...mounts(mount('0:42', '/data', '/dev/sdb', 'btrfs')), '/sys/fs/btrfs/1b2c/devices/sdb': '→ x' }, {}],
    [
      'a disk that was in a ZFS pool and is not any more',
      { ...disk, '/sys/module/zfs/version': '2.3', '/run/udev/data/b259:2': 'E:ID_FS_TYPE=zfs_member\n' },
      {},
    ],
    [
      'an interface beside the one that NFS goes through',
      { ...nic, ...netdev('eno1'), ...subnet('eno2'), ...mounts('0:50 / /home rw - nfs4 nas:/home rw,addr=192.0.2.5') },
      {},
    ],
    ['a mount of a network file system', { ...disk, ...mounts(mount('0:50', '/net', 'server:/export', 'nfs4')) }, {}],
    [
      'a function that is listed but whose address ends like another',
      { ...disk, ...block('nvme9n1', '259:7', {}, '../../devices/pci0000:00/0000:01:00.00/nvme/nvme9/nvme9n1'), ...mounts(mount('259:7', '/')) },
      {},
    ],
    ['a private path name of a shared namespace', { ...nvme, ...block('nvme0c0n1', '259:8') }, {}],
  ])('%s', async (_, tree, options) => {
    expect(await verdictOf(tree, options)).toEqual(['free']);
  });
});

describe('a disk behind ports and bridges', () => {
  const BELOW = '0000:02:00.0';
  const behind = { ...fn('0000:01:00.0', '0x060400', {}, '7'), ...fn(BELOW, '0x010802', {}, '7') };
  const path = `../../devices/pci0000:00/0000:01:00.0/${BELOW}/nvme/nvme0/nvme0n1`;

  it('is told once, not again for the port that shares its group', async () => {
    const tree = { ...behind, ...block('nvme0n1', '259:0', {}, path), ...mounts(mount('259:0', '/')) };
    expect(await verdictOf(tree, {}, BELOW)).toEqual(['in use', 'nvme0n1 → mounted on /']);
  });

  it('is opened once: two exclusive looks at a time would see each other', async () => {
    const looked: string[] = [];
    const port = treePort({ ...behind, ...block('nvme0n1', '259:0', {}, path) });
    await readHostState({ ...port, claimState: async (file) => (looked.push(file), 'free') });
    expect(looked).toEqual(['/dev/nvme0n1']);
  });
});

describe('what is there but cannot be read leaves a function unknown, never free', () => {
  const atVfio = { ...fn(ADDRESS, '0x030000'), [`/sys/bus/pci/devices/${ADDRESS}/driver`]: '→ ../../bus/pci/drivers/vfio-pci' };
  const processes = { '/proc/1/fd/0': '→ /dev/null', '/proc/42/fd/9': '→ /dev/vfio/7' };
  it.each<[string, Tree, string[], RegExp]>([
    [
      'processes, for one that is with vfio-pci',
      { ...atVfio, ...processes },
      ['/proc/42/fd'],
      /^which processes have it open → \/proc\/42\/fd cannot be read; run as root/,
    ],
    [
      'all processes but the own ones',
      { ...atVfio, ...processes, '/proc/9/fd/1': '→ x' },
      ['/proc/1/fd', '/proc/42/fd', '/proc/9/fd'],
      /\/proc\/1\/fd, \/proc\/42\/fd and 1 more cannot/,
    ],
    [
      "libvirt's files, for one that is with vfio-pci",
      { ...atVfio, '/run/libvirt/qemu/web.xml': '' },
      ['/run/libvirt/qemu'],
      /^which guests libvirt's files name → /,
    ],
    ['processes, for one with a disk', { ...disk, ...processes }, ['/proc/42/fd'], /^which processes have it open/],
    ['mounts, for one with a disk', { ...disk, ...mounts(mount('259:2', '/')) }, ['/proc/self/mountinfo'], /^what is mounted from its disks/],
    ['block devices', disk, ['/sys/class/block/nvme0n1/holders'], /^what stands on its disks/],
    [
      'routes, for one with an interface',
      { ...nic, [`/sys/bus/pci/devices/${ADDRESS}/net/eth0/x`]: '', ...route('eth0') },
      ['/proc/net/route'],
      /^which routes its interfaces carry/,
    ],
    ['its own attributes', nic, [`/sys/bus/pci/devices/${ADDRESS}/numa_node`, `/sys/bus/pci/devices/${ADDRESS}/driver`], /^what the kernel says about it/],
  ])('%s', async (_, tree, refused, reason) => {
    const [verdict, first] = await verdictOf(tree, { refused });
    expect([verdict, first]).toEqual(['unknown', expect.stringMatching(reason)]);
  });

  it.each([
    ['block devices as a whole', ['/sys/class/block']],
    ['the memory map, for a graphics card', ['/proc/iomem']],
    ['consoles', ['/proc/consoles']],
    ['input devices', ['/sys/class/input']],
    ['something that nobody has thought of', ['/sys/class/graphics']],
    ['its class', [`/sys/bus/pci/devices/${ADDRESS}/class`]],
    ['its directory', [`/sys/bus/pci/devices/${ADDRESS}`]],
  ])('%s', async (_, refused) => {
    const card = { ...fn(ADDRESS, '0x030000'), '/proc/consoles': '', '/proc/iomem': '', '/sys/class/block/sda/dev': '8:0' };
    expect((await verdictOf(card, { refused }))[0]).toBe('unknown');
  });

  it('and a group mate that cannot be read leaves its group unknown', async () => {
    const tree = { ...fn(ADDRESS, '0x030000'), ...fn(MATE, '0x040300') };
    const [verdict, reason] = await verdictOf(tree, { refused: [`/sys/bus/pci/devices/${MATE}/class`] });
    expect([verdict, reason]).toEqual(['unknown', expect.stringMatching(/^group mate 0000:01:00\.1 → what it is → class cannot be read/)]);
  });

  it('nor does it matter what was refused to somebody else before', async () => {
    const port = treePort(atVfio, { refused: ['/sys/kernel/security/lockdown'] });
    await port.read('/sys/kernel/security/lockdown');
    expect(judge(await readHostState(port)).map((each) => each.verdict)).toEqual(['free']);
  });

  it('but what does not concern a function leaves it free', async () => {
    expect(await verdictOf({ ...nic, ...processes }, { refused: ['/proc/42/fd', '/proc/self/mountinfo', '/run/libvirt/qemu'] })).toEqual(['free']);
  });

  it('and so do hidden processes: where the first one is not to be seen, others are not either', async () => {
    expect(await verdictOf({ ...atVfio, '/proc/42/fd/3': '→ /dev/null' })).toEqual([
      'unknown',
      expect.stringMatching(/^which processes have it open → \/proc/),
    ]);
  });

  it('a disk of a copy of a machine is unknown: whether something holds it cannot be asked', async () => {
    const [verdict, ...reasons] = await verdictOf(disk, { claims: 'not asked' });
    expect([verdict, reasons.every((reason) => reason.includes('cannot be asked of a copy'))]).toEqual(['unknown', true]);
  });
});

describe('a function that does not answer', () => {
  it('is not assignable: it reads as ones only', async () => {
    const at = `/sys/bus/pci/devices/${ADDRESS}/config`;
    const port = treePort(nic);
    const dead = { ...port, list: async (path: string) => (path.endsWith(ADDRESS) ? [...((await port.list(path)) ?? []), 'config'] : port.list(path)) };
    const state = await readHostState({ ...dead, read: async (path, limit) => (path === at ? new Uint8Array(256).fill(0xff) : port.read(path, limit)) });
    expect(judge(state).map(({ verdict, evidence }) => [verdict, evidence[0]?.chain[0]])).toEqual([
      ['not assignable', 'it does not answer (its config space reads 0xff)'],
    ]);
    expect(state.functions[0]).toMatchObject({ answers: false, headerType: undefined, express: undefined });
  });
});

describe('a function that does not answer while a guest holds it', () => {
  it('is held: what a guest has is never taken from it', async () => {
    const at = `/sys/bus/pci/devices/${ADDRESS}`;
    const tree = {
      ...nic,
      [`${at}/driver`]: '→ ../../bus/pci/drivers/vfio-pci',
      [`${at}/config`]: 'x',
      '/proc/1/fd/0': '→ x',
      '/proc/42/fd/9': '→ /dev/vfio/7',
    };
    const port = treePort(tree);
    const state = await readHostState({
      ...port,
      read: async (path, limit) => (path === `${at}/config` ? new Uint8Array(64).fill(0xff) : port.read(path, limit)),
    });
    expect(judge(state)).toMatchObject([{ verdict: 'held', holders: [{ kind: 'guest' }], evidence: [{ kind: 'guest' }, { kind: 'dead' }] }]);
  });
});

describe('functions behind a VMD controller', () => {
  const VMD = '0000:00:0e.0';
  const [PORT, DISK] = ['10000:e0:06.0', '10000:e1:00.0'];
  const under = `../../../devices/pci0000:00/${VMD}/pci10000:e0/${PORT}`;
  const tree: Tree = {
    ...fn(VMD, '0x010400', {}, '8'),
    ...fn(PORT, '0x060400', {}, '8'),
    ...fn(DISK, '0x010802', {}, '8'),
    [`/sys/bus/pci/devices/${DISK}`]: `→ ${under}/${DISK}`,
    ...block('nvme0n1', '259:0', {}, `${under}/${DISK}/nvme/nvme0/nvme0n1`),
  };
  const verdicts = async (more: Tree): Promise<unknown[]> =>
    judge(await readHostState(treePort({ ...tree, ...more }))).map(({ device, verdict, evidence, companions }) => [
      `${device.address.domain.toString(16)}:${device.address.bus.toString(16)}`,
      verdict,
      evidence.map(formatEvidence)[0] ?? '',
      companions.length,
    ]);

  it('are listed, cannot go alone, and are no companions of the controller, which takes them along', async () => {
    expect(await verdicts({})).toEqual([
      ['0:0', 'free', '', 0],
      ['10000:e0', 'not assignable', 'it is a bridge', 2],
      ['10000:e1', 'not assignable', expect.stringMatching(/^it is behind the VMD controller 0000:00:0e\.0 → /), 1],
    ]);
  });

  it('keep the controller from being free with what stands on their disks', async () => {
    const [controller] = await verdicts(mounts(mount('259:0', '/')));
    expect(controller).toEqual(['0:0', 'in use', `behind it ${DISK} → nvme0n1 → mounted on /`, 0]);
  });
});

describe('what cannot be given away or was not seen', () => {
  it('bridges and functions without IOMMU group are not assignable, whatever they carry', async () => {
    expect(await verdictOf(fn(ADDRESS, '0x060400'))).toEqual(['not assignable', 'it is a bridge']);
    const alone = Object.fromEntries(Object.entries(disk).filter(([path]) => !path.endsWith('/iommu_group')));
    expect(await verdictOf({ ...alone, ...mounts(mount('259:2', '/')) })).toEqual(['not assignable', 'it has no IOMMU group, so it cannot be isolated']);
  });

  it('a disk that something holds invisibly is unknown, not free', async () => {
    const [verdict, reason] = await verdictOf(disk, { claimed: ['/dev/nvme0n1'] });
    expect([verdict, reason?.startsWith('nvme0n1 → something holds it')]).toEqual(['unknown', true]);
  });

  it('a function that a process holds through iommufd is held', async () => {
    const tree = {
      ...nvme,
      [`/sys/bus/pci/devices/${ADDRESS}/driver`]: '→ ../../bus/pci/drivers/vfio-pci',
      '/sys/class/vfio-dev/vfio3': `→ ../../devices/pci0000:00/${ADDRESS}/vfio-dev/vfio3`,
      '/proc/42/fd/9': '→ /dev/vfio/devices/vfio3',
      '/proc/42/comm': 'qemu-system-x86',
    };
    expect((await verdictOf(tree))[0]).toBe('held');
  });

  it('a function whose VFIO group a process holds is held', async () => {
    const tree = {
      ...nvme,
      [`/sys/bus/pci/devices/${ADDRESS}/driver`]: '→ ../../bus/pci/drivers/vfio-pci',
      '/proc/42/fd/9': '→ /dev/vfio/7',
      '/proc/42/comm': 'qemu-system-x86',
    };
    expect(await verdictOf(tree)).toEqual(['held', '/dev/vfio/7 → qemu-system-x86 (pid 42)']);
    const named = { ...tree, '/proc/42/cmdline': '/usr/bin/qemu-system-x86_64\0-name\0guest=web,debug-threads=on\0-S' };
    expect(await verdictOf(named)).toEqual(['held', '/dev/vfio/7 → guest web, qemu-system-x86 (pid 42)']);
  });
});
