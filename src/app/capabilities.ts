/** `--capabilities`: what QEMU can do, from a preset, a file, or the libvirt of this machine. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Capabilities } from '../addressing/capabilities/capabilities.ts';
import { readCapabilities } from '../addressing/capabilities/read.ts';
import { PRESET_ARCHITECTURES, presetCapabilities } from '../addressing/capabilities/presets.ts';
import { HostdevError } from '../errors.ts';
import { readBounded } from '../files/read-bounded.ts';

/**
 * Finds the capabilities a user named. `arch` is the guest's, which decides among several. `caches` are
 * the directories in which libvirt keeps what it found out about each QEMU.
 *
 * @throws {HostdevError} `capabilities-malformed`, `file-not-found`, `file-unreadable`, `file-too-large`.
 */
export async function findCapabilities(name: string, arch: string, caches: readonly string[]): Promise<Capabilities> {
  if (name === 'libvirt') return readLibvirtCache(arch, caches);
  if (PRESET_ARCHITECTURES.includes(name)) return presetCapabilities(name);
  try {
    return readCapabilities(await readText(name), name);
  } catch (error) {
    if (error instanceof HostdevError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new HostdevError(
      missing ? 'file-not-found' : 'file-unreadable',
      missing ? `there is no preset and no file '${name}'` : `${name} cannot be read: ${(error as Error).message}`,
      {
        subject: name,
        hint: `give 'libvirt', a file (virsh domcapabilities prints one), or a preset: ${PRESET_ARCHITECTURES.join(', ')}`,
        cause: error,
      },
    );
  }
}

/** Those of a QEMU have 200 kB. */
const LIMIT = 16 * 1024 * 1024;

async function readText(path: string): Promise<string> {
  const bytes = await readBounded(path, LIMIT);
  if (bytes !== undefined) return bytes.toString('utf8');
  throw new HostdevError('file-too-large', `${path} has more than ${LIMIT} bytes, and is no file of capabilities`, {
    subject: path,
    hint: 'look at what it is',
  });
}

/** One damaged file of libvirt's cache says nothing about the others. */
async function readQuietly(path: string): Promise<Capabilities | undefined> {
  try {
    return readCapabilities(await readText(path), path);
  } catch {
    return undefined;
  }
}

/** The newest entry for the architecture in libvirt's own cache. */
async function readLibvirtCache(arch: string, caches: readonly string[]): Promise<Capabilities> {
  const found: { readonly capabilities: Capabilities; readonly time: number }[] = [];
  for (const directory of caches) {
    const names = await readdir(directory).catch(() => []);
    for (const name of names.filter((n) => n.endsWith('.xml'))) {
      const path = join(directory, name);
      const capabilities = await readQuietly(path);
      if (capabilities?.arch === arch) found.push({ capabilities, time: (await stat(path)).mtimeMs });
    }
  }
  const newest = found.sort((a, b) => b.time - a.time)[0];
  if (newest !== undefined) return newest.capabilities;
  throw new HostdevError('capabilities-malformed', `libvirt on this machine has no capabilities of a QEMU for ${arch}`, {
    hint: `run 'virsh domcapabilities --arch ${arch}' once as root (libvirt then keeps them), or name a preset`,
  });
}
