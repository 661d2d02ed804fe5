/** The libvirt of a machine, and what it found out about its QEMUs: read from files, without starting anything. */
import { LIBRARIES, libraryVersion } from '../state/installed-libvirt.ts';
import { type HostReader, readText } from './port.ts';

/** `11.3.0`; undefined where no directory has the library. Of several the first counts, as for the programs that load it. */
export async function installedLibvirt(port: HostReader): Promise<string | undefined> {
  for (const directory of LIBRARIES) {
    for (const name of (await port.list(directory)) ?? []) {
      const version = libraryVersion(name);
      if (version !== undefined) return version;
    }
  }
  return undefined;
}

/** A file of such a cache has 200 kB. */
const LIMIT = 16 * 1024 * 1024;

/** Path → text of every file in these caches that can be read. Only root may read the machine's. */
export async function readCapabilityCaches(port: HostReader, directories: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const directory of directories) {
    for (const name of (await port.list(directory)) ?? []) {
      const path = `${directory}/${name}`;
      const text = name.endsWith('.xml') ? await readText(port, path, LIMIT) : undefined;
      if (text !== undefined) found.set(path, text);
    }
  }
  return found;
}
