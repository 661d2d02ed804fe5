/** What a machine without hostdev tells through a shell is what a look at its files tells. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { fakeSsh } from '../../../test/fake-ssh.ts';
import { layTree } from '../../../test/lay-tree.ts';
import { KINDS, EVERY_KIND } from '../../../test/verdicts/kinds-of-functions.ts';
import { takeSnapshot } from '../../app/snapshot.ts';
import { judge } from '../../state/judge.ts';
import type { Snapshot } from '../../state/snapshot.ts';
import type { Tree } from '../../testing/tree-port.ts';
import { readHostState } from '../host-state.ts';
import { openMachine } from '../machine-port.ts';
import type { HostPort } from '../port.ts';
import { snapshotPort } from '../snapshot-port.ts';
import { askHost } from './ask-host.ts';
import { LOOK_SCRIPT } from './look-script.ts';
import { parseTranscript } from './transcript.ts';

const AT = '/sys/bus/pci/devices';
const MADE = '2026-11-26T00:00:00Z';

/** Beside one function of every kind: something of everything that is looked at. */
const MORE: Tree = {
  [`${AT}/${KINDS.free}/reset_method`]: 'flr bus',
  [`${AT}/${KINDS.free}/mdev_supported_types/nvidia-63/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001/x`]: '',
  [`${AT}/0002:00:00.0/vendor`]: '0x1af4',
  [`${AT}/0002:00:00.0/device`]: '0x1041',
  [`${AT}/0002:00:00.0/class`]: '0x020000',
  [`${AT}/0002:00:00.0/function_id`]: '0x00000012',
  [`${AT}/0002:00:00.0/uid_is_unique`]: '1',
  '/sys/bus/pci/slots/00000012/power': '1',
  '/sys/class/block/dm-0': '→ ../../devices/virtual/block/dm-0',
  '/sys/class/block/dm-0/dev': '253:0',
  '/sys/class/block/dm-0/dm/name': 'vg0-root',
  '/sys/class/block/dm-0/dm/uuid': 'LVM-abc',
  '/sys/class/block/zram0': '→ ../../devices/virtual/block/zram0',
  '/sys/class/block/zram0/dev': '252:0',
  '/sys/class/block/zram0/backing_dev': '/dev/nvme0n1',
  '/sys/class/block/nvme0n1/holders/dm-0': '→ ../../dm-0',
  '/sys/class/net/eth1/operstate': 'up',
  '/sys/class/net/eth1/uevent': 'DEVTYPE=bond\nINTERFACE=eth1',
  '/sys/class/net/eth1/master': '→ ../br0',
  '/sys/class/net/eth1/upper_br0': '→ ../br0',
  '/sys/class/net/eth2/flags': '0x1003',
  '/sys/class/input/input3': `→ ../../devices/pci0000:00/${KINDS.free}/usb1/input/input3`,
  '/sys/class/input/input3/name': 'A keyboard  with blanks ',
  '/sys/class/input/input3/capabilities/key': '10000 7 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe',
  '/sys/class/tty/ttyS0': `→ ../../devices/pci0000:00/${KINDS.free}/tty/ttyS0`,
  '/sys/class/graphics/fb0': `→ ../../devices/pci0000:00/${KINDS.console}/graphics/fb0`,
  '/sys/class/drm/card0': `→ ../../devices/pci0000:00/${KINDS.console}/drm/card0`,
  '/sys/class/drm/card0/uevent': 'MAJOR=226\nDEVNAME=dri/card0',
  '/sys/class/nvme-subsystem/nvme-subsys0/nvme0': '→ ../../nvme0',
  '/sys/class/nvme/nvme0': `→ ../../devices/pci0000:00/${KINDS.storage}/nvme/nvme0`,
  '/sys/class/nvme/nvme1/transport': 'tcp',
  '/sys/class/nvme/nvme1/address': 'traddr=192.0.2.7,trsvcid=4420',
  '/sys/class/iscsi_connection/connection1:0/address': '192.0.2.8',
  '/sys/class/iscsi_session/session1/targetname': 'iqn.2026-11.example:disk',
  '/sys/class/iommu/dmar0/x': '',
  '/sys/fs/btrfs/features/x': '',
  '/sys/kernel/security/lockdown': '[none] integrity confidentiality',
  '/sys/class/dmi/id/sys_vendor': 'Example',
  '/sys/class/dmi/id/product_name': 'Machine 7',
  '/proc/consoles': 'ttyS0 -W- (EC p a) 4:64\n',
  '/proc/iomem': `00000000-0009ffff : System RAM\nc0000000-cfffffff : ${KINDS.console}\n  c0000000-c07e8fff : efifb\n`,
  '/proc/cpuinfo': 'processor\t: 0\nflags\t: fpu vmx\n',
  '/proc/cmdline': 'root=/dev/nvme0n1 vfio-pci.ids=8086:1521 intel_iommu=on\n',
  '/proc/swaps': 'Filename Type Size Used Priority\n/dev/dm-0 partition 1 0 -2\n',
  '/proc/self/limits': 'Max locked memory         65536                unlimited            bytes\n',
  '/proc/sys/kernel/osrelease': '6.12.0-1-amd64\n',
  '/proc/7/fd/3': '→ /dev/dri/card0',
  '/proc/7/fd/4': '→ /dev/null',
  '/proc/7/fd/5': '→ /tmp/a -> b',
  '/proc/7/comm': 'Xorg',
  '/run/udev/control': '',
  '/run/libvirt/qemu/other.xml': `<domstatus state='running'><domain type='kvm'><name>other</name><devices><graphics passwd='secret'/><hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x06' slot='0x00' function='0x0'/></source></hostdev></devices></domain></domstatus>`,
  '/etc/modprobe.d/vfio.conf': 'options vfio-pci ids=10de:1eb8\nblacklist nouveau\n',
  '/lib/modules/6.12.0-1-amd64/modules.alias': 'alias pci:v00008086d00001521sv*sd*bc*sc*i* igb\nalias usb:x y\n',
  '/lib/modules/6.12.0-1-amd64/modules.dep': 'kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/x.ko\nkernel/y.ko:\n',
  '/etc/driverctl.d/0000:01:00.0': 'vfio-pci\n',
  '/etc/udev/rules.d/10-hostdev-0000-01-00-0.rules': '# not one of ours\n',
  '/etc/udev/rules.d/70-other.rules': '# theirs\n',
  '/etc/initramfs-tools/hooks/x': '',
  '/etc/debian_version': '13.2\n',
  '/etc/grub.d/10_linux': '',
  '/usr/lib/x86_64-linux-gnu/libvirt.so.0.11003.0': '',
  '/usr/lib/x86_64-linux-gnu/libother.so': '',
  '/var/cache/libvirt/qemu/capabilities/a.xml': '<qemuCaps><emulator>/usr/bin/qemu-system-x86_64</emulator><cpu type="kvm"/></qemuCaps>\n',
  '/dev/vfio/vfio': '',
};

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostdev-there-'));
  layTree(root, { ...EVERY_KIND, ...MORE }, { [`${AT}/${KINDS.dead}/config`]: new Uint8Array(256).fill(0xff), [`${AT}/${KINDS.free}/config`]: CONFIG });
});

/** Type 0, PCI Express. */
const CONFIG = Uint8Array.from({ length: 256 }, (_, i) => (i === 0x06 ? 0x10 : i === 0x34 ? 0x40 : i === 0x40 ? 0x10 : 0));

const ask = async (): Promise<Snapshot> =>
  parseTranscript(await askHost({ program: fakeSsh(root).program, options: [], host: 'there', text: 'ssh://there' }), 'ssh://there', MADE);

/** All that reading commands look at. */
const seen = async (port: HostPort): Promise<Pick<Snapshot, 'files' | 'links' | 'directories'>> => {
  const context = { port, isRoot: true, readPciIds: async () => undefined };
  const { files, links, directories } = await takeSnapshot(context, { redact: false, made: MADE, uid: 0 });
  return {
    files: Object.fromEntries(Object.entries(files).map(([path, found]) => [path, 'text' in found ? found.text.trimEnd() : found])),
    links,
    directories,
  } as never;
};

describe('what a machine tells through a shell', () => {
  it('is what a look at its files tells: every file, every link and every directory that reading commands look at', async () => {
    const [far, near] = [await seen(snapshotPort(await ask())), await seen(openMachine(root))];
    expect(Object.keys(near.files).length).toBeGreaterThan(100);
    expect(far.files).toEqual(near.files);
    // Of what processes have open, only device nodes are told.
    const [farNames, nearNames] = [far, near].map(({ directories }) =>
      Object.fromEntries(Object.entries(directories).filter(([path]) => path !== '/proc/7/fd')),
    );
    expect(farNames).toEqual(nearNames);
    expect(far.directories['/proc/7/fd']).toEqual(['3', '4']);
    const [farLinks, nearLinks] = [far, near].map(({ links }) =>
      Object.fromEntries(Object.entries(links).filter(([path, to]) => !path.startsWith('/proc/') || to.startsWith('/dev/'))),
    );
    expect(farLinks).toEqual(nearLinks);
  });

  it('comes to the same verdicts, but for disks, which a shell cannot open exclusively', async () => {
    const verdicts = async (port: HostPort): Promise<[string, string][]> =>
      judge(await readHostState({ ...port, claimState: async () => 'unreadable' })).map(({ device, verdict, evidence }) => [
        JSON.stringify(device),
        `${verdict} ${JSON.stringify(evidence)}`,
      ]);
    expect(await verdicts(snapshotPort(await ask()))).toEqual(await verdicts(openMachine(root)));
    const unknown = judge(await readHostState(snapshotPort(await ask()))).find(({ device }) => device.address.bus === 0x0a);
    expect(unknown?.verdict).toBe('unknown');
  });

  it('has no passwords of consoles, which libvirt has beside what its guests hold', async () => {
    const { files } = await ask();
    expect(files['/run/libvirt/qemu/other.xml']).toMatchObject({ text: expect.stringContaining("bus='0x06'") as string });
    expect(JSON.stringify(files)).not.toContain('secret');
  });

  it('says what could not be read, which is not the same as what is not there', {
    skip: process.geteuid?.() !== 0 || !existsSync('/usr/bin/setpriv'),
  }, async () => {
    for (const path of [`${AT}/${KINDS.companion}/vendor`, '/etc/modprobe.d/vfio.conf', '/proc/42/fd', '/etc/driverctl.d']) chmodSync(join(root, path), 0);
    for (const directory of [tmpdir(), root]) chmodSync(directory, 0o711);
    const own = fakeSsh(root);
    const text = execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s', '--', root], {
      input: LOOK_SCRIPT,
      encoding: 'utf8',
      env: { PATH: `${own.directory}/there:/usr/bin:/bin` },
    });
    const { refused, reader } = parseTranscript(text, 'there', MADE);
    expect(reader?.uid).toBe(65534);
    expect(refused).toEqual({
      [`${AT}/${KINDS.companion}/vendor`]: 'EACCES',
      '/etc/modprobe.d/vfio.conf': 'EACCES',
      '/proc/42/fd': 'EACCES',
      '/etc/driverctl.d': 'EACCES',
    });
    const unread = judge(await readHostState(snapshotPort(parseTranscript(text, 'there', MADE)))).find(
      ({ device }) => device.address.bus === 2 && device.address.function === 1,
    );
    expect(unread?.verdict).toBe('unknown');
  });

  it('believes no line that somebody puts into the name of a file that he has open', async () => {
    const driver = `${AT}/${KINDS.network}/driver`;
    const forged = (name: string, target: string): string => `x\nlrwxrwxrwx 1 0 0 0 Nov 26 09:00 ${root}${name} -> ${target}`;
    const before = await ask();
    mkdirSync(join(root, '/proc/4000/fd'), { recursive: true });
    symlinkSync(forged(driver, '../../../bus/pci/drivers/vfio-pci -> /dev/vfio-pci'), join(root, '/proc/4000/fd/3'));
    symlinkSync(`x\n${root}/proc/42/fd:\nlrwx------ 1 0 0 64 Nov 26 09:00 9 -> /dev/null`, join(root, '/proc/4000/fd/4'));
    symlinkSync(`/dev/x\nF ${AT}/${KINDS.network}/vendor\nT0x0000`, join(root, '/proc/4000/fd/5'));
    const { links, files, refused } = await ask();
    expect(links[driver]).toBe(before.links[driver]);
    expect(links['/proc/42/fd/9']).toBe('/dev/vfio/6');
    expect(files[`${AT}/${KINDS.network}/vendor`]).toEqual(before.files[`${AT}/${KINDS.network}/vendor`]);
    expect(Object.keys(links).filter((path) => !path.startsWith('/proc/4000/'))).toEqual(Object.keys(before.links));
    expect(refused).toEqual(before.refused);
  });

  /** As somebody with another `ls` would get it. */
  const withLs = async (script: string): Promise<Snapshot> =>
    parseTranscript(await askHost({ program: fakeSsh(root, { ls: script }).program, options: [], host: 'there', text: 'ssh://there' }), 'ssh://there', MADE);

  it('does not look at what processes have open with an ls that would print line ends in it', async () => {
    const { refused, links } = await withLs('case $1 in *q*) exit 1 ;; esac; exec /bin/ls "$@"');
    expect(refused).toMatchObject({ '/proc': 'ENOTSUP' });
    const { links: all } = await ask();
    expect(links).toEqual(Object.fromEntries(Object.entries(all).filter(([path]) => !path.startsWith('/proc/'))));
  });

  it('is refused as a whole where links cannot be listed, never partly taken', async () => {
    const failing = 'case $* in *-ldn*/class/*) /bin/ls "$@"; exit 2 ;; esac; exec /bin/ls "$@"';
    await expect(withLs(failing)).rejects.toMatchObject({
      code: 'host-unreachable',
      message: expect.stringMatching(/^ssh:\/\/there: its links cannot be listed/) as string,
    });
  });

  it('is listed again where a link goes away meanwhile', async () => {
    const once = `case $* in *-ldn*/class/*) [ -e '${root}/once' ] || { : > '${root}/once'; echo 'lrwxrwxrwx 1 0 0 0 Nov 26 09:00 half'; exit 2; } ;; esac; exec /bin/ls "$@"`;
    const { links } = await withLs(once);
    expect(links).toEqual((await ask()).links);
  });

  it('has links of any number, with names that a shell or xargs would read as something else', async () => {
    const names = ["a'b", 'a"b', 'a\\b', 'a$b', 'ü'].map((name) => `/sys/class/net/${name}`);
    for (const name of names) symlinkSync('../../devices/virtual/net/x', join(root, name));
    // More than Linux lets one program have in its words.
    for (let i = 0; i < 9000; i += 1) symlinkSync('../../devices/virtual/net/y', join(root, `/sys/class/net/${'v'.repeat(240)}${i}`));
    const { links, refused } = await ask();
    for (const name of names.slice(0, 4)) expect(links[name]).toBe('../../devices/virtual/net/x');
    expect(Object.keys(links).filter((path) => path.startsWith('/sys/class/net/vvv'))).toHaveLength(9000);
    // What ls prints of it could be another one's name.
    expect(refused).toEqual({ '/sys/class/net/ü': 'EIO' });
  });

  it('says what breaks while it is read, which is not the same as what is empty', async () => {
    // The kernel gives EIO for the first page of a process's memory.
    for (const path of ['/etc/modprobe.d/vfio.conf', `${AT}/${KINDS.free}/config`]) {
      rmSync(join(root, path));
      symlinkSync('/proc/self/mem', join(root, path));
    }
    const { refused, files } = await ask();
    expect(refused).toEqual({ '/etc/modprobe.d/vfio.conf': 'EIO', [`${AT}/${KINDS.free}/config`]: 'EIO' });
    expect(files).not.toHaveProperty(['/etc/modprobe.d/vfio.conf']);
  });

  it('says what is behind a directory that cannot be searched', { skip: process.geteuid?.() !== 0 || !existsSync('/usr/bin/setpriv') }, () => {
    for (const path of ['/var/cache/libvirt/qemu', '/lib/modules', '/etc/initramfs-tools']) chmodSync(join(root, path), 0o700);
    for (const directory of [tmpdir(), root]) chmodSync(directory, 0o711);
    const text = execFileSync('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'sh', '-s', '--', root], {
      input: LOOK_SCRIPT,
      encoding: 'utf8',
      env: { PATH: `${fakeSsh(root).directory}/there:/usr/bin:/bin` },
    });
    expect(parseTranscript(text, 'there', MADE).refused).toMatchObject({
      '/var/cache/libvirt/qemu/capabilities': 'EACCES',
      '/lib/modules/6.12.0-1-amd64/modules.alias': 'EACCES',
      '/etc/initramfs-tools/hooks': 'EACCES',
    });
  });

  it('leaves there what it does not need: passwords of consoles, and all but the name of a guest in a command line', async () => {
    const secret = `<domstatus>\n<domain type='kvm'>\n<devices>\n<graphics type='vnc' passwd='se cret'/>\n<secret value="secret"/>\n<hostdev mode='subsystem' type='pci'>\n<source/>\n</hostdev>\n</devices></domain></domstatus>\n`;
    layTree(root, {
      '/run/libvirt/qemu/third.xml': secret,
      '/proc/42/comm': 'qemu-system-x86',
      '/proc/42/cmdline': 'qemu\0-name\0guest=web,debug-threads=on\0-object\0secret,data=secret\0',
    });
    const text = await askHost({ program: fakeSsh(root).program, options: [], host: 'there', text: 'ssh://there' });
    expect(text).not.toMatch(/se ?cret(?!,data|>)/);
    expect(text).not.toContain(
      Buffer.from('secret')
        .toString('hex')
        .replaceAll(/(..)(?=.)/g, '$1 '),
    );
    const { files } = parseTranscript(text, 'there', MADE);
    expect(files['/proc/42/cmdline']).toEqual({ text: '-name\0guest=web' });
    expect(files['/run/libvirt/qemu/third.xml']).toMatchObject({ text: expect.stringContaining('<hostdev') as string });
  });

  it('has a pattern for every path that reading commands ask for, whether it is there or not', async () => {
    const patterns = [...LOOK_SCRIPT.matchAll(/"\$R"(\/[^\s;]+)/g)].map(
      ([, glob = '']) =>
        new RegExp(
          `^${glob
            .replaceAll(/"\$r"/g, '*')
            .replaceAll(/[.+^${}()|\\]/g, '\\$&')
            .replaceAll('*', '[^/]*')}$`,
        ),
    );
    const asked = new Set<string>();
    const near = openMachine(root);
    await seen({
      ...near,
      read: async (path, limit) => (asked.add(path), near.read(path, limit)),
      list: async (path) => (asked.add(path), near.list(path)),
      readlink: async (path) => (asked.add(path), near.readlink(path)),
      attributes: async (directory, names) => {
        for (const name of names) asked.add(`${directory}/${name}`);
        return near.attributes(directory, names);
      },
    });
    expect(asked.size).toBeGreaterThan(300);
    const isCovered = (path: string): boolean => /^\/proc\/\d+\/(?:fd(?:\/\d+)?|cmdline)$/.test(path) || patterns.some((each) => each.test(path));
    expect([...asked].filter((path) => !isCovered(path))).toEqual([]);
  });

  const shells = ['dash', 'bash', 'busybox sh', 'ksh', 'mksh'].filter(
    (shell) => existsSync(`/usr/bin/${shell.split(' ')[0]}`) || existsSync(`/bin/${shell.split(' ')[0]}`),
  );

  it('is the same in every shell of this machine', () => {
    const env = { PATH: `${fakeSsh(root).directory}/there:/usr/bin:/bin` };
    const run = ([name = '', ...words]: readonly string[]): Snapshot =>
      parseTranscript(execFileSync(name, [...words, '-s', '--', root], { input: LOOK_SCRIPT, encoding: 'utf8', env }), 'there', MADE);
    for (const shell of shells) expect(run(shell.split(' ')), shell).toEqual(run(['sh']));
  });

  it('changes nothing there', () => {
    const list = (): string => execFileSync('sh', ['-c', `cd '${root}' && find . -printf '%p %s %m %T@\\n' | sort`], { encoding: 'utf8' });
    const before = list();
    execFileSync('sh', ['-s', '--', root], { input: LOOK_SCRIPT });
    expect(list()).toBe(before);
  });
});
