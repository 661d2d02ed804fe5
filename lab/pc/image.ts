/** Building the emulated PC host's images from packages. */
import { createHash } from 'node:crypto';
import { appendFile, cp, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cached } from '../cache.ts';
import { packDirectory } from '../cpio.ts';
import { completeTree, LIBVIRT_DIRECTORIES, LIBVIRT_SETTINGS } from '../debian/complete.ts';
import type { Shown } from '../debian/progress.ts';
import { cachedTree, installTree, setFingerprint } from '../debian/tree.ts';
import { makeExt4 } from '../machine/ext4.ts';
import { INITRAMFS_MODULES } from '../machine/root-modules.ts';
import { run } from '../process.ts';
import { BUSYBOX_LINKS, CRYPT_MODULES, GUEST_MODULES, HOST_MODULES } from './recipe.ts';

export interface Images {
  readonly kernel: string;
  readonly initramfs: string;
  /** The same with what opens an encrypted root. */
  readonly cryptInitramfs: string;
  readonly root: string;
  /** Disk with the same root on LVM on crypt. */
  readonly cryptRoot: string;
  /** Tree with the emulator. */
  readonly emulator: string;
  /** Takes over what finishing left in the shared directory. */
  readonly keep: (share: string) => Promise<void>;
}

/** Scripts of this host, and the agent that all hosts have. */
const INSIDE = new URL('../inside/pc/', import.meta.url);
const AGENT = new URL('../inside/agent', import.meta.url);

const ROOT_SIZE = 700 * 1024 * 1024;
const CRYPT_SIZE = 1200 * 1024 * 1024;

/** System files; devices belong to groups that udev's rules name. */
const SYSTEM_FILES: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\nlibvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin\n',
  'etc/group': `root:x:0:\nnogroup:x:65534:\nlibvirt-qemu:x:64055:\n${['tty', 'disk', 'lp', 'kmem', 'dialout', 'cdrom', 'tape', 'audio', 'video', 'render', 'kvm', 'input', 'sgx', 'clock'].map((name, i) => `${name}:x:${100 + i}:\n`).join('')}`,
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'etc/hosts': '127.0.0.1 localhost pc-host\n',
  'etc/hostname': 'pc-host\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/fstab': '/dev/vda / ext4 rw,noatime 0 1\n',
  ...LIBVIRT_SETTINGS,
  // It looks for nft and iptables, and ends when it finds neither.
  'etc/libvirt/network.conf': 'firewall_backend = "none"\n',
};

const UNUSED = [
  ...['usr/share/initramfs-tools', 'usr/lib/dracut', 'usr/lib/klibc'],
  // Other emulators and their firmware.
  ...['qemu-system-i386', 'qemu-system-x86_64-microvm', 'qemu-pr-helper', 'qemu-vmsr-helper'].map((name) => `usr/bin/${name}`),
  ...['skiboot.lid', 'slof.bin', 'openbios-sparc64', 'openbios-sparc32', 'openbios-ppc', 'trace-events-all', 'u-boot-sam460-20100605.bin', 'u-boot.e500'].map(
    (name) => `usr/share/qemu/${name}`,
  ),
];
const DIRECTORIES = [...LIBVIRT_DIRECTORIES, 'etc/udev/rules.d', 'etc/modprobe.d', 'mnt'];

/** The images, built when they are missing or when the recipe or its packages have changed. `finish` boots a new root once. */
export async function buildImages(shown: Shown, finish: (images: Images) => Promise<void>): Promise<Images> {
  const emulator = await cachedTree('emulator-x86', shown);
  const directory = await cached(`host-pc-${await recipeKey()}`, async (building) => {
    await installTree(building, 'host-pc', shown);
    shown.note('building the images of the PC host');
    await buildFrom(building);
    shown.note('starting the PC host once to finish them');
    await finish(imagesIn(building, emulator));
    await rm(join(building, 'tree'), { recursive: true, force: true });
  });
  return imagesIn(directory, emulator);
}

function imagesIn(directory: string, emulator: string): Images {
  const at = (name: string): string => join(directory, name);
  return {
    kernel: at('vmlinuz'),
    initramfs: at('initramfs'),
    cryptInitramfs: at('initramfs-crypt'),
    root: at('root.ext4'),
    cryptRoot: at('crypt.img'),
    emulator,
    // The kernel unpacks archives one behind the other.
    keep: async (share) => {
      await cp(at('initramfs'), at('initramfs-crypt'));
      await appendFile(at('initramfs-crypt'), await readFile(join(share, 'crypt.cpio')));
    },
  };
}

/** Changes with the recipe and with everything that is copied in. */
async function recipeKey(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify([
      setFingerprint('host-pc'),
      HOST_MODULES,
      INITRAMFS_MODULES,
      CRYPT_MODULES,
      GUEST_MODULES,
      BUSYBOX_LINKS,
      SYSTEM_FILES,
      UNUSED,
      DIRECTORIES,
      ROOT_SIZE,
      CRYPT_SIZE,
    ]),
  );
  for (const name of (await readdir(INSIDE)).sort()) hash.update(name).update(await readFile(new URL(name, INSIDE)));
  hash.update(await readFile(AGENT));
  return hash.digest('hex').slice(0, 12);
}

async function buildFrom(directory: string): Promise<void> {
  const tree = join(directory, 'tree');
  const [release] = await readdir(join(tree, 'usr/lib/modules'));
  if (release === undefined) throw new Error('the kernel package brought no modules');
  await cp(join(tree, 'boot', `vmlinuz-${release}`), join(directory, 'vmlinuz'));
  const modules = join(tree, 'usr/lib/modules', release);
  const kept = join(directory, 'modules');
  await keepModules(modules, kept);
  await ramDisk(directory, kept, tree);
  const lab = join(tree, 'lab');
  await mkdir(join(lab, 'guest'), { recursive: true });
  await cp(join(directory, 'vmlinuz'), join(lab, 'guest/vmlinuz'));
  await guestRamDisk(directory, kept, tree);
  await rm(join(tree, 'boot'), { recursive: true });
  await rm(modules, { recursive: true });
  await cp(kept, modules, { recursive: true });
  await rm(kept, { recursive: true });

  for (const name of ['init', 'finish']) await copyInside(name, join(lab, name));
  await writeFile(join(lab, 'agent'), await readFile(AGENT));
  await completeTree(tree, { files: SYSTEM_FILES, unused: UNUSED, directories: DIRECTORIES, busyboxLinks: BUSYBOX_LINKS });

  const image = join(directory, 'root.ext4');
  // With a journal: this machine is reset while it writes.
  await makeExt4(tree, image, ROOT_SIZE, ['-O', '^metadata_csum', '-J', 'size=8']);
  const crypt = join(directory, 'crypt.img');
  await writeFile(crypt, '');
  await truncate(crypt, CRYPT_SIZE);
}

/** Of the kernel's modules those of the recipe, uncompressed; depmod runs in the host itself. */
async function keepModules(from: string, to: string): Promise<void> {
  const missing: string[] = [];
  for (const name of HOST_MODULES) {
    const plain = join(to, 'kernel', `${name}.ko`);
    await mkdir(dirname(plain), { recursive: true });
    try {
      await cp(join(from, 'kernel', `${name}.ko.xz`), `${plain}.xz`);
      await run('xz', ['-d', `${plain}.xz`]);
    } catch {
      missing.push(name);
    }
  }
  if (missing.length > 0) throw new Error(`this kernel has no module ${missing.join(', ')}`);
  for (const name of ['modules.builtin', 'modules.builtin.modinfo']) await cp(join(from, name), join(to, name));
  await writeFile(join(to, 'modules.order'), HOST_MODULES.map((name) => `kernel/${name}.ko\n`).join(''));
}

async function ramDisk(directory: string, modules: string, tree: string): Promise<void> {
  const root = join(directory, 'initramfs.d');
  for (const part of ['bin', 'proc', 'sys', 'dev', 'root', 'run', 'modules']) await mkdir(join(root, part), { recursive: true });
  await cp(join(tree, 'usr/bin/busybox'), join(root, 'bin/busybox'));
  await copyInside('initramfs-init', join(root, 'init'));
  const lists = { order: INITRAMFS_MODULES, 'order-crypt': CRYPT_MODULES };
  for (const [list, names] of Object.entries(lists)) {
    const short = names.map((name) => name.slice(name.lastIndexOf('/') + 1));
    for (const [i, name] of names.entries()) await cp(join(modules, 'kernel', `${name}.ko`), join(root, 'modules', `${short[i]}.ko`));
    await writeFile(join(root, 'modules', list), `${short.join('\n')}\n`);
  }
  await writeFile(join(directory, 'initramfs'), await packDirectory(root));
  await rm(root, { recursive: true });
}

/** The nested guest's: uncompressed, as unpacking costs more there than reading. */
async function guestRamDisk(directory: string, modules: string, tree: string): Promise<void> {
  const root = join(directory, 'guest-initramfs.d');
  for (const part of ['bin', 'proc', 'sys', 'dev', 'modules']) await mkdir(join(root, part), { recursive: true });
  await cp(join(tree, 'usr/bin/busybox'), join(root, 'bin/busybox'));
  await copyInside('guest-init', join(root, 'init'));
  const short = GUEST_MODULES.map((name) => name.slice(name.lastIndexOf('/') + 1));
  for (const [i, name] of GUEST_MODULES.entries()) await cp(join(modules, 'kernel', `${name}.ko`), join(root, 'modules', `${short[i]}.ko`));
  await writeFile(join(root, 'modules/order'), `${short.join('\n')}\n`);
  await writeFile(join(tree, 'lab/guest/initramfs'), await packDirectory(root));
  await rm(root, { recursive: true });
}

async function copyInside(name: string, to: string): Promise<void> {
  await writeFile(to, await readFile(new URL(name, INSIDE)), { mode: 0o755 });
}
