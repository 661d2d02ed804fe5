/** Building the emulated host's images from packages. Nothing of it needs root. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { packDirectory } from '../cpio.ts';
import { completeTree, LIBVIRT_DIRECTORIES, LIBVIRT_FILES } from '../debian/complete.ts';
import type { Shown } from '../debian/progress.ts';
import { cachedTree, installTree, setFingerprint } from '../debian/tree.ts';
import { makeExt4 } from '../machine/ext4.ts';
import { INITRAMFS_MODULES } from '../machine/root-modules.ts';
import { run } from '../process.ts';
import { BUSYBOX_LINKS, GUEST_MODULES, HOST_MODULES } from './recipe.ts';

export interface Images {
  readonly kernel: string;
  readonly initramfs: string;
  readonly root: string;
  /** Tree with the emulator. */
  readonly emulator: string;
}

/** Scripts of this host, and the agent that all hosts have. */
const INSIDE = new URL('../inside/s390x/', import.meta.url);
const AGENT = new URL('../inside/agent', import.meta.url);
const ROOT_SIZE = 500 * 1024 * 1024;

/** The images, built when they are missing or when the recipe or its packages have changed. `finish` boots a new root once. */
export async function buildImages(shown: Shown, finish: (images: Images) => Promise<void>): Promise<Images> {
  const emulator = await cachedTree('emulator-s390x', shown);
  const directory = await cached(`host-s390x-${await recipeKey()}`, async (building) => {
    await installTree(building, 'host-s390x', shown);
    shown.note('building the images of the IBM Z host');
    await buildFrom(building);
    shown.note('starting the IBM Z host once to fill caches');
    await finish({ ...imagesIn(building), emulator });
    await rm(join(building, 'tree'), { recursive: true, force: true });
  });
  return { ...imagesIn(directory), emulator };
}

function imagesIn(directory: string): Omit<Images, 'emulator'> {
  return { kernel: join(directory, 'vmlinuz'), initramfs: join(directory, 'initramfs'), root: join(directory, 'root.ext4') };
}

/** Changes with the recipe and with everything that is copied in. */
async function recipeKey(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([setFingerprint('host-s390x'), HOST_MODULES, INITRAMFS_MODULES, GUEST_MODULES, BUSYBOX_LINKS, ROOT_SIZE, LIBVIRT_FILES]));
  for (const name of (await readdir(INSIDE)).sort()) hash.update(name).update(await readFile(new URL(name, INSIDE)));
  hash.update(await readFile(AGENT));
  return hash.digest('hex').slice(0, 12);
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
  await copyInside('init', join(lab, 'init'));
  await writeFile(join(lab, 'agent'), await readFile(AGENT));
  await completeRoot(tree, modules);

  const image = join(directory, 'root.ext4');
  await makeExt4(tree, image, ROOT_SIZE, ['-O', '^has_journal,^metadata_csum']);
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

async function completeRoot(tree: string, modules: string): Promise<void> {
  await rm(join(tree, 'boot'), { recursive: true });
  await rm(modules, { recursive: true });
  await mkdir(modules, { recursive: true });
  // libvirt looks for VFIO variant drivers here and fails every start when the file is missing.
  await writeFile(join(modules, 'modules.alias'), '');
  await completeTree(tree, { files: LIBVIRT_FILES, directories: LIBVIRT_DIRECTORIES, busyboxLinks: BUSYBOX_LINKS });
}
