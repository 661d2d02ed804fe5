import { describe, expect, it } from 'vitest';
import { pciAddress } from '../pci/address.ts';
import type { HostState } from './host-state.ts';
import type { NodeDevice } from './node-device.ts';
import { unreadEvidence } from './unread.ts';
import { formatEvidence } from './verdict.ts';

const ADDRESS = '0000:01:00.0';

/** One function of each kind that a path may say something of. */
const KINDS = {
  'a disk controller': { pciClass: 0x010802 },
  'a disk controller with a disk': { pciClass: 0x010802, disks: ['nvme0n1'] },
  'a network card': { pciClass: 0x020000 },
  'a network card with an interface': { pciClass: 0x020000, netdevs: ['eth0'] },
  'an interface whose addresses nobody told': { pciClass: 0x020000, netdevs: ['eth0'], untold: true },
  'a graphics card': { pciClass: 0x030000 },
  'a sound card': { pciClass: 0x040300 },
  'a function with vfio-pci': { pciClass: 0xff0000, driver: 'vfio-pci' },
  'a function with a node in /dev': { pciClass: 0xff0000, nodes: ['/dev/x'] },
  'any other function': { pciClass: 0xff0000 },
} as const satisfies Record<string, Kind>;

interface Kind {
  readonly pciClass: number;
  readonly driver?: string;
  readonly disks?: readonly string[];
  readonly netdevs?: readonly string[];
  readonly untold?: boolean;
  readonly nodes?: readonly string[];
}

function said(
  { pciClass, driver, disks = [], netdevs = [], untold = false, nodes = [] }: Kind,
  ...unread: readonly [path: string, reason: string][]
): string[] {
  const device = { address: pciAddress(0, 1, 0, 0), pciClass, driver, netdevs } as unknown as NodeDevice;
  const state = {
    block: { byFunction: new Map([[ADDRESS, disks]]) },
    net: { byFunction: new Map([[ADDRESS, netdevs]]), untold: new Set(untold ? netdevs : []) },
    nodes: { byFunction: new Map([[ADDRESS, nodes]]) },
    unread: unread.map(([path, reason]) => ({ path, reason })),
  } as unknown as HostState;
  return unreadEvidence(state, device).map(formatEvidence);
}

const all = Object.keys(KINDS) as (keyof typeof KINDS)[];
const OPEN = ['a disk controller with a disk', 'a function with vfio-pci', 'a function with a node in /dev'];
const OWN_DISK = ['a disk controller with a disk'];
const INTERFACES = ['a network card with an interface', 'an interface whose addresses nobody told'];

describe('a path that could not be read', () => {
  it.each<[string, string, readonly string[]]>([
    ['/proc', 'which processes have it open', OPEN],
    ['/proc/42/fd', 'which processes have it open', OPEN],
    ['/proc/42/fd/7', 'which processes have it open', OPEN],
    ['/proc/42/comm', 'which processes have it open', OPEN],
    ['/proc/42/cmdline', 'which processes have it open', OPEN],
    ['/run/libvirt/qemu', "which guests libvirt's files name", ['a function with vfio-pci']],
    ['/run/libvirt/qemu/web.xml', "which guests libvirt's files name", ['a function with vfio-pci']],
    ['/proc/self/mountinfo', 'what is mounted from its disks', OWN_DISK],
    ['/proc/swaps', 'what is mounted from its disks', OWN_DISK],
    ['/sys/class/block/sda', 'what stands on its disks', OWN_DISK],
    ['/sys/fs/btrfs', 'what stands on its disks', OWN_DISK],
    ['/run/udev/data/b8:0', 'what stands on its disks', OWN_DISK],
    ['/sys/class/nvme', 'which disks are its own', ['a disk controller', ...OWN_DISK]],
    ['/sys/class/nvme-subsystem/x', 'which disks are its own', ['a disk controller', ...OWN_DISK]],
    ['/sys/class/nvme-generic', 'which disks are its own', ['a disk controller', ...OWN_DISK]],
    ['ip addr show', 'which addresses its interfaces have', ['an interface whose addresses nobody told']],
    ['/proc/net/route', 'which routes its interfaces carry', INTERFACES],
    ['/sys/class/net', 'what its interfaces are for', ['a network card', ...INTERFACES]],
    ['/sys/class/net/eth0/master', 'what its interfaces are for', ['a network card', ...INTERFACES]],
    ['/proc/iomem', 'whether the console draws on it', ['a graphics card']],
    ['/sys/class/graphics/fb0', 'whether the console draws on it', ['a graphics card']],
    ['/sys/class/drm', 'whether the console draws on it', ['a graphics card']],
    ['/sys/class/sound/card0', 'which programs play on it', ['a sound card']],
    ['/sys/class/video4linux', 'which programs play on it', ['a sound card']],
    ['/sys/class/dvb', 'which programs play on it', ['a sound card']],
    [`/sys/bus/pci/devices/${ADDRESS}`, 'what the kernel says about it', all],
    [`/sys/bus/pci/devices/${ADDRESS}/driver`, 'what the kernel says about it', all],
    // That of another function, and what whoever is not root never reads of the configuration space.
    ['/sys/bus/pci/devices/0000:02:00.0/driver', '', []],
    ['/sys/bus/pci/devices/0000:01:00.00/driver', '', []],
    [`/sys/bus/pci/devices/${ADDRESS}/config`, '', []],
    // What no rule names may concern all of them; so do paths that only begin or end like those above.
    ['/etc/elsewhere', 'what else uses it', all],
    ['/proc/42/environ', 'what else uses it', all],
    ['/proc/42/fd/7/x', 'what else uses it', all],
    ['/x/proc', 'what else uses it', all],
    ['/run/libvirt/qemu-more', 'what else uses it', all],
    ['/x/run/libvirt/qemu', 'what else uses it', all],
    ['/proc/self/mountinfo2', 'what else uses it', all],
    ['/sys/class/nvmex', 'what else uses it', all],
    ['ip addr show dev eth0', 'what else uses it', all],
    ['/sys/class/network', 'what else uses it', all],
    ['/proc/iomem2', 'what else uses it', all],
    ['/sys/class/soundx', 'what else uses it', all],
  ])('%s leaves unknown %j', (path, what, kinds) => {
    const told = `${what} → ${path} cannot be read (EIO)`;
    expect(all.filter((kind) => said(KINDS[kind], [path, 'EIO']).length > 0)).toEqual(all.filter((kind) => kinds.includes(kind)));
    for (const kind of all) for (const line of said(KINDS[kind], [path, 'EIO'])) expect(line).toBe(told);
  });

  it.each<[string, [string, string][], string]>([
    ['for want of rights sends to root', [['/x', 'EACCES']], '/x cannot be read; run as root to have it looked at'],
    [
      'because something forbids it sends to root, too',
      [
        ['/x', 'EIO'],
        ['/y', 'EPERM'],
      ],
      '/x, /y cannot be read; run as root to have it looked at',
    ],
    [
      'for another reason names that',
      [
        ['/x', 'EIO'],
        ['/y', 'ENOMEM'],
      ],
      '/x, /y cannot be read (EIO)',
    ],
    ['beside many others is counted', ['/a', '/b', '/c', '/d'].map((path) => [path, 'EIO']), '/a, /b and 2 more cannot be read (EIO)'],
  ])('%s', (_, unread, line) => {
    expect(said(KINDS['any other function'], ...unread)).toEqual([`what else uses it → ${line}`]);
  });

  it('is told with what depends on it, what the kernel says of the function first, and what may be anything last', () => {
    const paths = ['/etc/elsewhere', '/proc/swaps', '/proc/1/fd', `/sys/bus/pci/devices/${ADDRESS}/driver`].map((path): [string, string] => [path, 'EIO']);
    expect(said(KINDS['a disk controller with a disk'], ...paths).map((line) => line.split(' → ')[0])).toEqual([
      'what the kernel says about it',
      'which processes have it open',
      'what is mounted from its disks',
      'what else uses it',
    ]);
    expect(said(KINDS['a disk controller with a disk'])).toEqual([]);
  });
});
