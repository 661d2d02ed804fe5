/** Unpacking Debian packages without installing them: no maintainer script runs. */
import { spawn } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Unpacks archives over each other into one tree, whose /bin, /sbin and /lib are links into /usr as on Debian. */
export async function unpackPackages(archives: readonly string[], tree: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(tree, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(tree, name));
  }
  for (const archive of archives) await unpack(archive, tree);
}

function unpack(archive: string, tree: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const tar = spawn('tar', ['-x', '-C', tree, '--keep-directory-symlink'], { stdio: ['pipe', 'ignore', 'pipe'] });
    const deb = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    tar.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    deb.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    deb.stdout.pipe(tar.stdin);
    deb.on('error', reject);
    tar.on('error', reject);
    // A pipe that breaks shows in the exit status of one of the two.
    tar.stdin.on('error', () => undefined);
    tar.on('close', (status) => (status === 0 ? resolve() : reject(new Error(`unpacking ${archive} failed: ${errors.slice(-2000)}`))));
  });
}
