/** The libvirt of this machine, found without starting anything: its library is called after its version. */
import { readdir } from 'node:fs/promises';

/** `libvirt.so.0.11003.0`: major × 1000 + minor, then the patch. */
const LIBRARY = /^libvirt\.so\.0\.(\d{1,6})\.(\d{1,3})$/;

/** `11.3.0`; undefined where no directory has the library. Of several the first counts, as for the programs that load it. */
export async function installedLibvirt(directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const names = await readdir(directory).catch(() => []);
    for (const name of names) {
      const [, number, patch] = LIBRARY.exec(name) ?? [];
      if (number !== undefined) return `${Math.floor(Number(number) / 1000)}.${Number(number) % 1000}.${patch ?? 0}`;
    }
  }
  return undefined;
}
