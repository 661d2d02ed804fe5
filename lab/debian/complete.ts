/** What maintainer scripts would have made in a tree of packages. */
import { existsSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** libvirt's settings for a host without systemd and cgroups. */
export const LIBVIRT_SETTINGS: Readonly<Record<string, string>> = {
  'etc/libvirt/qemu.conf':
    'user = "root"\ngroup = "root"\nsecurity_driver = "none"\nstdio_handler = "file"\nnamespaces = []\ncgroup_controllers = []\nremember_owner = 0\n',
  'etc/libvirt/libvirtd.conf':
    'auth_unix_ro = "none"\nauth_unix_rw = "none"\nunix_sock_rw_perms = "0777"\nhost_uuid = "11111111-2222-3333-4444-555555555555"\n',
};

/** System files of a host with libvirt, and libvirt's settings. */
export const LIBVIRT_FILES: Readonly<Record<string, string>> = {
  'etc/passwd':
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\nlibvirt-qemu:x:64055:994::/var/lib/libvirt:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nkvm:x:994:\nlibvirt:x:995:\nlibvirt-qemu:x:64055:\ntty:x:5:\nnogroup:x:65534:\n',
  'etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  'etc/hosts': '127.0.0.1 localhost z-host\n',
  'etc/hostname': 'z-host\n',
  'etc/machine-id': '0123456789abcdef0123456789abcdef\n',
  ...LIBVIRT_SETTINGS,
};

const UNUSED = [
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

const DIRECTORIES = ['var', 'boot', 'share', 'dev', 'proc', 'sys', 'run', 'tmp', 'root'];

/** Where a libvirt without its maintainer scripts keeps things. */
export const LIBVIRT_DIRECTORIES = ['var/tmp', 'var/log/libvirt/qemu', 'var/cache/libvirt/qemu', 'var/lib/libvirt/qemu', 'etc/libvirt/qemu'];

export interface TreeCompletion {
  readonly files: Readonly<Record<string, string>>;
  /** Removed besides what no host uses. */
  readonly unused?: readonly string[];
  readonly directories: readonly string[];
  /** Commands that busybox stands in for where no package brought them. */
  readonly busyboxLinks: readonly string[];
}

/** Completes a tree of unpacked packages. */
export async function completeTree(tree: string, { files, unused = [], directories, busyboxLinks }: TreeCompletion): Promise<void> {
  for (const name of [...UNUSED, ...unused]) await rm(join(tree, name), { recursive: true, force: true });
  for (const name of [...DIRECTORIES, ...directories]) await mkdir(join(tree, name), { recursive: true });
  await symlink('/run', join(tree, 'var/run'));
  await symlink('/run/lock', join(tree, 'var/lock'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(tree, name), text);
  for (const name of busyboxLinks) {
    if (existsSync(join(tree, 'usr/bin', name)) || existsSync(join(tree, 'usr/sbin', name))) continue;
    await symlink('busybox', join(tree, 'usr/bin', name));
  }
}
