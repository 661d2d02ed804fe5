/** The Debian package: for every architecture, with the Node of the distribution. */
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Edition } from '../edition.ts';
import { readLicences } from '../licences/read.ts';
import { COCKPIT, compressed, PROGRAM, stage, write } from '../stage.ts';
import { packTar } from '../tar.ts';
import { formatAr } from './ar.ts';
import { control, debianVersion } from './control.ts';
import { copyright } from './copyright.ts';
import { UNITS } from '../systemd/units.ts';
import { INSTALLED, POSTINST, POSTRM, PRERM } from './scripts.ts';

/** Builds the package into a directory and returns its path. What is packed has been built before (`npm run build`). */
export async function buildDebianPackage(target: string, edition: Edition): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'hostdev-deb-'));
  try {
    const data = join(work, 'data');
    await stageFiles(data, edition);
    const files = await filesBelow(data, '');
    await writeControl(join(work, 'control'), data, files, edition);
    const pack = async (name: string): Promise<{ name: string; content: Uint8Array }> => {
      const file = join(work, `${name}.tar.gz`);
      await packTar(file, join(work, name), { members: ['.'], date: edition.date });
      return { name: `${name}.tar.gz`, content: await readFile(file) };
    };
    const members = [{ name: 'debian-binary', content: Buffer.from('2.0\n') }, await pack('control'), await pack('data')];
    await mkdir(target, { recursive: true });
    const path = join(target, `hostdev_${debianVersion(edition.version)}_all.deb`);
    await writeFile(path, formatAr(members, edition.date));
    return path;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function stageFiles(data: string, edition: Edition): Promise<void> {
  await stage(data, { program: INSTALLED, share: 'usr/share', zsh: 'zsh/vendor-completions' }, edition);
  await mkdir(join(data, 'usr/bin'), { recursive: true });
  await symlink(`..${INSTALLED.replace('/usr', '')}/${PROGRAM}`, join(data, 'usr/bin/hostdev'));
  for (const [name, text] of Object.entries(UNITS)) await write(join(data, 'usr/lib/systemd/system', name), text);
  // Not among libvirt's own hooks: whoever wants it links it there.
  await cp('packaging/libvirt/qemu-hook', join(data, INSTALLED, 'libvirt/qemu-hook'));
  const documents = join(data, 'usr/share/doc/hostdev');
  // Debian has the licences in one file, and the changes compressed.
  await rm(join(documents, 'LICENSE'));
  await write(join(documents, 'copyright'), copyright(await readLicences(), { program: INSTALLED.replace(/^\//, ''), cockpit: `usr/share/${COCKPIT}` }));
  await write(join(documents, 'changelog.gz'), compressed(await readFile('CHANGELOG.md', 'utf8')));
}

async function writeControl(directory: string, data: string, files: readonly string[], edition: Edition): Promise<void> {
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(data, name))).size));
  const kilobytes = sizes.reduce((sum, size) => sum + Math.ceil(size / 1024), 0);
  const sums = await Promise.all(
    files.map(
      async (name) =>
        `${createHash('md5')
          .update(await readFile(join(data, name)))
          .digest('hex')}  ${name}\n`,
    ),
  );
  await mkdir(directory);
  await writeFile(join(directory, 'control'), control(edition, kilobytes));
  await writeFile(join(directory, 'md5sums'), sums.join(''));
  await writeFile(join(directory, 'postinst'), POSTINST, { mode: 0o755 });
  await writeFile(join(directory, 'prerm'), PRERM, { mode: 0o755 });
  await writeFile(join(directory, 'postrm'), POSTRM, { mode: 0o755 });
}

/** Regular files below a directory, by their path in it. */
async function filesBelow(root: string, directory: string): Promise<string[]> {
  const entries = await readdir(join(root, directory), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(directory, entry.name);
      return entry.isDirectory() ? filesBelow(root, path) : entry.isFile() ? [path] : [];
    }),
  );
  return found.flat().toSorted();
}
