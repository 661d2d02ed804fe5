/** Building the emulated host's images from packages. Nothing needs root but unpacking ownership. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { packDirectory } from '../cpio.ts';
import { downloadPackages } from '../debian/apt.ts';
import { unpackPackages } from '../debian/unpack.ts';
import { run } from '../process.ts';
import { BUSYBOX_LINKS, EMULATOR_PACKAGES, GUEST_MODULES, HOST_MODULES, HOST_PACKAGES, INITRAMFS_MODULES } from './recipe.ts';

export interface Images {
  readonly kernel: string;
  readonly initramfs: string;
  readonly root: string;
  /** Tree with the emulator. */
  readonly emulator: string;
}

type Progress = (message: string) => void;

const INSIDE = new URL('./inside/', import.meta.url);
const ROOT_SIZE = 500 * 1024 * 1024;

/** Debian's name of this machine's architecture. */
const ARCHITECTURE: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64', s390x: 's390x', ppc64: 'ppc64el' };

/** The images, built when they are missing or when the recipe has changed. `finish` boots a new root once. */
export async function buildImages(progress: Progress, finish: (images: Images) => Promise<void>): Promise<Images> {
  const architecture = ARCHITECTURE[process.arch];
  if (architecture === undefined) throw new Error(`there is no emulator package for ${process.arch}`);
  const emulator = await cached(`emulator-s390x-${architecture}`, async (directory) => {
    progress(`downloading the emulator (${architecture} packages, about 30 MB)`);
    await installTree(directory, architecture, EMULATOR_PACKAGES);
  });
  const key = await recipeKey();
  const directory = await cached(`host-s390x-${key}`, async (building) => {
    progress('downloading the host (s390x packages, about 125 MB)');
    await installTree(building, 's390x', HOST_PACKAGES);
    progress('building the images');
    await buildFrom(building);
    progress('starting the host once to fill caches');
    await finish({ ...imagesIn(building), emulator: join(emulator, 'tree') });
    await rm(join(building, 'tree'), { recursive: true, force: true });
  });
  return { ...imagesIn(directory), emulator: join(emulator, 'tree') };
}

function imagesIn(directory: string): Omit<Images, 'emulator'> {
  return { kernel: join(directory, 'vmlinuz'), initramfs: join(directory, 'initramfs'), root: join(directory, 'root.ext4') };
}

/** Changes with the recipe and with everything that is copied in. */
async function recipeKey(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([HOST_PACKAGES, HOST_MODULES, INITRAMFS_MODULES, GUEST_MODULES, BUSYBOX_LINKS, ROOT_SIZE, FILES]));
  for (const name of (await readdir(INSIDE)).sort()) hash.update(name).update(await readFile(new URL(name, INSIDE)));
  return hash.digest('hex').slice(0, 12);
}

async function installTree(directory: string, architecture: string, packages: readonly string[]): Promise<void> {
  const apt = join(directory, 'apt');
  const archives = await downloadPackages(apt, architecture, packages);
  await mkdir(join(directory, 'tree'));
  await unpackPackages(archives, join(directory, 'tree'));
  await rm(apt, { recursive: true });
}

async function buildFrom(directory: string): Promise<void> {
  const tree = join(directory, 'tree');
  const [release] = await readdir(join(tree, 'usr/lib/modules'));
  if (release === undefined) throw new Error('the kernel package brought no modules');
  const modules = join(tree, 'usr/lib/modules', release);
  const kernel = join(tree, 'boot', `vmlinuz-${release}`);
  await cp(kernel, join(directory, 'vmlinuz'));

  await ramDisk(directory, 'initramfs', 'initramfs-init', INITRAMFS_MODULES, modules, tree);
  await ramDisk(directory, 'guest-initramfs', 'guest-init', GUEST_MODULES, modules, tree);

  const lab = join(tree, 'lab');
  await mkdir(join(lab, 'guest'), { recursive: true });
  await copyModules(HOST_MODULES, modules, join(lab, 'modules'));
  await cp(kernel, join(lab, 'guest/vmlinuz'));
  await cp(join(directory, 'guest-initramfs'), join(lab, 'guest/initramfs'));
  await rm(join(directory, 'guest-initramfs'));
  for (const name of ['init', 'agent']) await copyInside(name, join(lab, name));
  await completeTree(tree, modules);

  const image = join(directory, 'root.ext4');
  await writeFile(image, '');
  await truncate(image, ROOT_SIZE);
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', '-O', '^has_journal,^metadata_csum', '-m', '0', '-d', tree, image]);
}

async function ramDisk(directory: string, name: string, init: string, modules: readonly string[], from: string, tree: string): Promise<void> {
  const root = join(directory, `${name}.d`);
  for (const part of ['bin', 'proc', 'sys', 'dev', 'root']) await mkdir(join(root, part), { recursive: true });
  await cp(join(tree, 'usr/bin/busybox'), join(root, 'bin/busybox'));
  await copyInside(init, join(root, 'init'));
  await copyModules(modules, from, join(root, 'modules'));
  await writeFile(join(directory, name), await packDirectory(root));
  await rm(root, { recursive: true });
}

async function copyInside(name: string, to: string): Promise<void> {
  await writeFile(to, await readFile(new URL(name, INSIDE)), { mode: 0o755 });
}

/** Copies modules uncompressed, with a file that says in which order to load them. */
async function copyModules(names: readonly string[], from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const order = names.map((name) => name.slice(name.lastIndexOf('/') + 1));
  for (const [i, name] of names.entries()) {
    const plain = join(to, `${order[i]}.ko`);
    await cp(join(from, 'kernel', `${name}.ko.xz`), `${plain}.xz`);
    await run('xz', ['-d', `${plain}.xz`]);
  }
  await writeFile(join(to, 'order'), `${order.join('\n')}\n`);
}

/** Files that maintainer scripts would have made, and libvirt's settings for a host without systemd and cgroups. */
const FILES: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\nlibvirt-qemu:x:64055:994::/var/lib/libvirt:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nkvm:x:994:\nlibvirt:x:995:\nlibvirt-qemu:x:64055:\ntty:x:5:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'etc/hosts': '127.0.0.1 localhost z-host\n',
  'etc/hostname': 'z-host\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  'etc/libvirt/qemu.conf':
    'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\nnamespaces = []\ncgroup_controllers = []\nremember_owner = 0\n',
  'etc/libvirt/libvirtd.conf':
    'auth_unix_ro = "none"\nauth_unix_rw = "none"\nunix_sock_rw_perms = "0777"\nhost_uuid = "11111111-2222-3333-4444-555555555555"\n',
};

const UNUSED = [
  'boot',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/info',
  'usr/share/locale',
  'usr/share/lintian',
  'usr/share/bug',
  'usr/share/bash-completion',
  'usr/share/zsh',
  'usr/lib/udev/hwdb.d',
  'var/cache/apt',
  'var/run',
  'var/lock',
];

async function completeTree(tree: string, modules: string): Promise<void> {
  for (const name of UNUSED) await rm(join(tree, name), { recursive: true, force: true });
  await rm(modules, { recursive: true });
  await mkdir(modules);
  // libvirt looks for VFIO variant drivers here and fails every start when the file is missing.
  await writeFile(join(modules, 'modules.alias'), '');
  await symlink('/run', join(tree, 'var/run'));
  await symlink('/run/lock', join(tree, 'var/lock'));
  for (const name of [
    'boot',
    'share',
    'var/tmp',
    'var/log/libvirt/qemu',
    'var/cache/libvirt/qemu',
    'var/lib/libvirt/qemu',
    'etc/libvirt',
    'dev',
    'proc',
    'sys',
    'run',
    'tmp',
    'root',
  ]) {
    await mkdir(join(tree, name), { recursive: true });
  }
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(tree, name), text);
  for (const name of BUSYBOX_LINKS) {
    if (existsSync(join(tree, 'usr/bin', name)) || existsSync(join(tree, 'usr/sbin', name))) continue;
    await symlink('busybox', join(tree, 'usr/bin', name));
  }
}
