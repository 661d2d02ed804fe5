/** Unpacking Debian packages without installing them: no maintainer script runs. */
import { createReadStream } from 'node:fs';
import { mkdir, open, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, runPipe } from '../process.ts';

/** Unpacks archives over each other into one tree, whose /bin, /sbin and /lib are links into /usr as on Debian. */
export async function unpackPackages(archives: readonly string[], tree: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(tree, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(tree, name));
  }
  for (const archive of archives) {
    const { name, offset, size } = await findData(archive);
    const input = createReadStream(archive, { start: offset, end: offset + size - 1 });
    // Who owns what is decided when an image is made of the tree: a user other than root can unpack as well.
    const tar: Command = ['tar', '-x', '-p', '--no-same-owner', '-C', tree, '--keep-directory-symlink'];
    await runPipe([...decompressor(name), tar], input).catch((error: unknown) => {
      throw new Error(`${archive} cannot be unpacked: ${(error as Error).message}`, { cause: error });
    });
  }
}

function decompressor(name: string): Command[] {
  if (name.endsWith('.xz')) return [['xz', '-dc']];
  if (name.endsWith('.zst')) return [['zstd', '-dcq']];
  if (name.endsWith('.gz')) return [['gzip', '-dc']];
  return [];
}

interface Member {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;

/**
 * The member of a .deb that has the files: an `ar` archive of `debian-binary`, `control.tar.*` and `data.tar.*` (deb(5)).
 *
 * @throws when the file is no .deb.
 */
async function findData(archive: string): Promise<Member> {
  const file = await open(archive);
  try {
    const { size: end } = await file.stat();
    const text = async (at: number, length: number): Promise<string> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead).toString('latin1');
    };
    if ((await text(0, MAGIC.length)) !== MAGIC) throw new Error(`${archive} is no Debian package`);
    for (let at = MAGIC.length; at + HEADER_BYTES <= end; ) {
      const header = await text(at, HEADER_BYTES);
      const name = header.slice(0, 16).trim().replace(/\/$/, '');
      const size = Number(header.slice(48, 58));
      const offset = at + HEADER_BYTES;
      if (!header.endsWith('`\n') || !Number.isInteger(size) || size < 0 || offset + size > end) break;
      if (name.startsWith('data.tar') && size === 0) break;
      if (name.startsWith('data.tar')) return { name, offset, size };
      // Members begin at even places.
      at = offset + size + (size % 2);
    }
    throw new Error(`${archive} is a damaged Debian package`);
  } finally {
    await file.close();
  }
}
