/** Initial RAM disks: a cpio archive (newc, kernel's initramfs-buffer-format) of a directory, everything owned by root. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

const DIRECTORY = 0o040755;
const SYMLINK = 0o120777;
const REGULAR = 0o100000;

/** The archive's bytes, uncompressed: under emulation unpacking costs more than reading. */
export async function packDirectory(root: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let inode = 1;
  const add = (name: string, mode: number, data: Buffer): void => {
    parts.push(...entry(inode++, name, mode, data));
  };
  const walk = async (relative: string): Promise<void> => {
    for (const name of (await readdir(join(root, relative))).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`;
      const stat = await lstat(join(root, path));
      if (stat.isDirectory()) {
        add(path, DIRECTORY, Buffer.alloc(0));
        await walk(path);
      } else if (stat.isSymbolicLink()) add(path, SYMLINK, Buffer.from(await readlink(join(root, path))));
      else add(path, REGULAR | (stat.mode & 0o777), await readFile(join(root, path)));
    }
  };
  await walk('');
  add('TRAILER!!!', 0, Buffer.alloc(0));
  return Buffer.concat(parts);
}

function entry(inode: number, name: string, mode: number, data: Buffer): Buffer[] {
  const nameBytes = Buffer.from(`${name}\0`);
  // inode, mode, uid, gid, links, mtime, size, device numbers (4), length of the name, checksum
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = Buffer.concat([Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`), nameBytes]);
  return [header, padding(header.length), data, padding(data.length)];
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
