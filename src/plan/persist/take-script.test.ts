import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TAKE_SCRIPT } from './take-script.ts';

/** The script reads a machine's /sys, /proc and /run; here it gets a directory with those in it. */
let root: string;
const ADDRESS = '0000:05:00.0';
const AT = `sys/devices/pci0000:00/${ADDRESS}`;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostdev-take-'));
  for (const [name, text] of Object.entries({ 'proc/cmdline': 'quiet\n', 'proc/self/mountinfo': '', 'proc/swaps': '', 'dev/kmsg': '' })) file(name, text);
  file(`${AT}/vendor`, '0x1b36\n');
  file(`${AT}/device`, '0x0010\n');
  file(`${AT}/driver_override`, '(null)\n');
  file('sys/bus/pci/drivers/nvme/unbind', '');
  file('sys/bus/pci/drivers_probe', '');
  link(`${AT}/driver`, '../../../bus/pci/drivers/nvme');
  link(`sys/bus/pci/devices/${ADDRESS}`, `../../../devices/pci0000:00/${ADDRESS}`);
  mkdirSync(join(root, 'sys/class/net'), { recursive: true });
  disk('nvme0n1', '259:0');
});
afterEach(() => rmSync(root, { recursive: true }));

function file(name: string, text: string): void {
  mkdirSync(join(root, dirname(name)), { recursive: true });
  writeFileSync(join(root, name), text);
}

function link(name: string, target: string): void {
  mkdirSync(join(root, dirname(name)), { recursive: true });
  symlinkSync(target, join(root, name));
}

function disk(name: string, number: string, path = `${AT}/nvme/nvme0/${name}`): void {
  file(`${path}/dev`, `${number}\n`);
  link(`sys/class/block/${name}`, `../../../${path}`);
}

function run(...words: string[]): void {
  const text = TAKE_SCRIPT.replaceAll(/(?<![\w.])\/(sys|proc|run|dev\/kmsg|etc)\b/g, `${root}/$1`);
  writeFileSync(join(root, 'take'), text);
  execFileSync('/bin/sh', [join(root, 'take'), ...words]);
}

const read = (name: string): string => readFileSync(join(root, name), 'utf8');

describe('a function whose driver was faster at boot', () => {
  it('loses it again when nothing uses it', () => {
    run(ADDRESS, 'vfio-pci');
    expect([read('sys/bus/pci/drivers/nvme/unbind'), read('sys/bus/pci/drivers_probe')]).toEqual([`${ADDRESS}\n`, `${ADDRESS}\n`]);
  });

  it.each<[string, () => void]>([
    ['a mounted disk', () => file('proc/self/mountinfo', '22 1 259:0 / / rw - ext4 /dev/nvme0n1 rw\n')],
    ['a disk mounted under a number of its own', () => file('proc/self/mountinfo', '22 1 0:31 /@ / rw,noatime shared:1 - btrfs /dev/nvme0n1 rw,ssd\n')],
    ['a disk of a btrfs that names another one', () => file('sys/fs/btrfs/1b2c/devices/nvme0n1/size', '1')],
    ['a disk with something stacked on it', () => file(`${AT}/nvme/nvme0/nvme0n1/holders/dm-0/x`, '')],
    ['swap', () => file('proc/swaps', 'Filename Type Size Used Priority\n/dev/nvme0n1 partition 1 0 -2\n')],
    ['a disk of a ZFS pool', () => file('run/udev/data/b259:0', 'E:ID_FS_TYPE=zfs_member\n')],
    [
      'a namespace of a subsystem',
      () => {
        disk('nvme1n1', '259:7', 'sys/devices/virtual/nvme-subsystem/nvme-subsys0/nvme1n1');
        link('sys/class/nvme-subsystem/nvme-subsys0/nvme0', '../x');
        file('sys/class/nvme-subsystem/x/y', '');
        file('proc/self/mountinfo', '22 1 259:7 / / rw - ext4 /dev/root rw\n');
      },
    ],
    [
      'an interface that is up',
      () => {
        file(`${AT}/virtio1/net/eth0/flags`, '0x1003\n');
        link('sys/class/net/eth0', `../../../${AT}/virtio1/net/eth0`);
      },
    ],
  ])('keeps it with %s, and has no override left', (_, use) => {
    use();
    run(ADDRESS, 'vfio-pci');
    expect([read('sys/bus/pci/drivers/nvme/unbind'), read('sys/bus/pci/drivers_probe')]).toEqual(['', '']);
    expect(read(`${AT}/driver_override`)).toBe('\n');
    expect(read('dev/kmsg')).toMatch(/^hostdev: 0000:05:00\.0 stays with its host driver: \w+ is in use\n$/);
  });

  it.each<[string, () => void]>([
    [
      "another function's disk that is mounted",
      () => {
        disk('sda', '8:0', 'sys/devices/pci0000:00/0000:06:00.0/ata1/block/sda');
        file('proc/self/mountinfo', '22 1 8:0 / / rw - ext4 /dev/sda rw\n');
      },
    ],
    [
      'an interface that is down',
      () => {
        file(`${AT}/net/eth0/flags`, '0x1002\n');
        link('sys/class/net/eth0', `../../../${AT}/net/eth0`);
      },
    ],
  ])('loses it beside %s', (_, scene) => {
    scene();
    run(ADDRESS, 'vfio-pci');
    expect(read('sys/bus/pci/drivers/nvme/unbind')).toBe(`${ADDRESS}\n`);
  });

  it('is left alone when the kernel was told so', () => {
    file('proc/cmdline', 'quiet hostdev=off\n');
    run(ADDRESS, 'vfio-pci');
    expect(read('sys/bus/pci/drivers_probe')).toBe('');
  });
});

describe('before a host driver is loaded', () => {
  it.each<[string, string, string]>([
    ['the function that is kept has its override', `${ADDRESS} 0x1b36 0x0010 - - - - - vfio-pci`, 'vfio-pci\n'],
    ['wherever it is, where its fid tells', `- 0x1b36 0x0010 - - 0x00000017 - - vfio-pci`, 'vfio-pci\n'],
    ['another card at that address has none', `${ADDRESS} 0x1b36 0x0011 - - - - - vfio-pci`, '(null)\n'],
    ['one with another serial number has none', `${ADDRESS} 0x1b36 0x0010 - - - 4 0102030405060708 vfio-pci`, '(null)\n'],
    ['one with that serial number has it', `${ADDRESS} 0x1b36 0x0010 - - - 4 4142434445464748 vfio-pci`, 'vfio-pci\n'],
    ['a function that is not there does not matter', `0000:77:00.0 0x1b36 0x0010 - - - - - vfio-pci`, '(null)\n'],
  ])('%s', (_, line, expected) => {
    file(`${AT}/function_id`, '0x00000017\n');
    file(`${AT}/config`, '....ABCDEFGH....');
    file('etc/udev/hostdev-functions', `# comment\n${line}\n`);
    run('early');
    expect(read(`${AT}/driver_override`)).toBe(expected);
  });
});
