/** The laboratory as a user other than root has it, on a machine without apt, dpkg and gpgv. */
import { chmod, chown, copyFile, cp, link, mkdir, rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { downloadSet } from '../debian/tree.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { type Ended, runProgram } from './program.ts';

const NOBODY = 65534;

/** Why there is no such user here; empty when there is. */
export function anotherUserReason(): string {
  return process.geteuid?.() === 0 ? '' : 'only root can become another user';
}

/** Runs a built program as that user, in a directory with nothing but the downloaded packages, which is gone afterwards. */
export async function runAsAnotherUser(words: readonly [program: string, ...args: string[]], input = ''): Promise<Ended> {
  const place = await layForUser();
  const [program, ...args] = words;
  try {
    const become = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
    return await runProgram([...become, process.execPath, join(place, program), ...args], {
      input,
      cwd: place,
      env: { PATH: join(place, 'bin'), HOME: place, XDG_CACHE_HOME: join(place, 'cache'), TMPDIR: join(place, 'tmp') },
    });
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** All that a user needs: what is built, the downloaded packages, and programs of which none is apt, dpkg or gpgv. */
async function layForUser(): Promise<string> {
  const place = await makeWorkDirectory('hostdev-user-');
  await chmod(place, 0o755);
  await cp('build', join(place, 'build'), { recursive: true, filter: (path) => !path.startsWith('build/skip-') });
  await cp('dist', join(place, 'dist'), { recursive: true });
  const packages = join(place, 'cache/hostdev/packages');
  await mkdir(packages, { recursive: true });
  const sets = ['tools', 'emulator-s390x', 'host-s390x'] as const;
  for (const path of new Set((await Promise.all(sets.map((set) => downloadSet(set)))).flat())) {
    const to = join(packages, basename(path));
    // Linked where that can be; a directory for temporary files can be on another disk.
    await link(path, to).catch(() => copyFile(path, to));
  }
  await mkdir(join(place, 'bin'));
  await mkdir(join(place, 'tmp'));
  for (const program of ['sh', 'tar', 'xz', 'setpriv', 'unshare', 'mount']) await symlink(whereIs(program), join(place, 'bin', program));
  // The packages themselves stay root's: links share an owner.
  for (const name of ['cache', 'cache/hostdev', 'cache/hostdev/packages', 'tmp']) await chown(join(place, name), NOBODY, NOBODY);
  return place;
}

function whereIs(program: string): string {
  const found = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
    .map((directory) => join(directory, program))
    .find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${program}`);
  return found;
}
