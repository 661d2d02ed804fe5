/** Whether this machine can run the emulated hosts, and if not, why. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PROGRAMS } from '../scripts/lab-programs.mjs';
import { isCached } from './cache.ts';
import { mirrorAnswers } from './debian/apt.ts';

/** Empty when what needs these places of the cache can run here; else what is missing, in words. */
export async function emulationReason(needed: () => readonly string[] | Promise<readonly string[]>): Promise<string> {
  if (process.platform !== 'linux') return 'the emulated hosts need Linux';
  if (process.geteuid?.() !== 0) return 'unpacking packages needs root';
  for (const [program, debianPackage] of Object.entries(PROGRAMS)) {
    if (!(await isInstalled(program))) return `the program ${program} is missing (Debian package ${debianPackage})`;
  }
  const missing = (await Promise.all((await needed()).map(isCached))).includes(false);
  if (missing && !(await mirrorAnswers())) return "Debian's mirror does not answer, and the cache does not have what is needed";
  return '';
}

async function isInstalled(program: string): Promise<boolean> {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const found = await Promise.all(
    directories.map((directory) =>
      access(join(directory, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
