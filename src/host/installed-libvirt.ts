/** The libvirt of a machine, and what it found out about its QEMUs: read from files, without starting anything. */
import { type HostReader, readText } from './port.ts';

/** Where distributions have libraries: Debian's by machine (multiarch), others' by word size. */
const LIBRARIES = [
  ...['x86_64', 'aarch64', 's390x', 'powerpc64le', 'riscv64', 'loongarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu`),
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib64',
  '/usr/local/lib',
];

/** `libvirt.so.0.11003.0`: major × 1000 + minor, then the patch. */
const LIBRARY = /^libvirt\.so\.0\.(\d{1,6})\.(\d{1,3})$/;

/** Whether a file of a library directory says which libvirt there is. */
export function isLibvirtLibrary(name: string): boolean {
  return LIBRARY.test(name);
}

/** Whether a directory is one of those that may have libvirt's library. */
export function isLibraryDirectory(path: string): boolean {
  return LIBRARIES.includes(path);
}

/** `11.3.0`; undefined where no directory has the library. Of several the first counts, as for the programs that load it. */
export async function installedLibvirt(port: HostReader): Promise<string | undefined> {
  for (const directory of LIBRARIES) {
    for (const name of (await port.list(directory)) ?? []) {
      const [, number, patch] = LIBRARY.exec(name) ?? [];
      if (number !== undefined) return `${Math.floor(Number(number) / 1000)}.${Number(number) % 1000}.${patch ?? 0}`;
    }
  }
  return undefined;
}

/** Where the libvirt of a machine keeps what it found out about each QEMU; that of a user has a directory of its own. */
export const CAPABILITY_CACHE = '/var/cache/libvirt/qemu/capabilities';

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
