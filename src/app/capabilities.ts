/** `--capabilities`: what QEMU can do, from a preset, a file, or the libvirt of the machine that is looked at. */
import type { Capabilities } from '../addressing/capabilities/capabilities.ts';
import { cachedCapabilities } from '../addressing/capabilities/cached.ts';
import type { GuestQemu } from '../addressing/meant.ts';
import { PRESET_ARCHITECTURES, presetCapabilities } from '../addressing/capabilities/presets.ts';
import { readCapabilities } from '../addressing/capabilities/read.ts';
import { HostdevError } from '../errors.ts';
import { explainUnread } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import { readCapabilityCaches } from '../host/installed-libvirt.ts';
import type { AppContext } from './context.ts';
import { CAPABILITY_CACHE } from '../state/installed-libvirt.ts';

/** The machine whose libvirt and QEMUs are meant. */
export type VersionSource = Pick<AppContext, 'port' | 'userCapabilityCache'>;

/**
 * Finds the capabilities a user named.
 *
 * @throws {HostdevError} `capabilities-malformed`, `file-not-found`, `file-unreadable`, `file-too-large`.
 */
export async function findCapabilities(name: string, qemu: GuestQemu, from: VersionSource | undefined): Promise<Capabilities> {
  if (name === 'libvirt') return requireOwn(qemu, from);
  if (PRESET_ARCHITECTURES.includes(name)) return presetCapabilities(name);
  try {
    return readCapabilities(await readFile(name), name);
  } catch (error) {
    const hint = `give 'libvirt', a file (virsh domcapabilities prints one), or a preset: ${PRESET_ARCHITECTURES.join(', ')}`;
    const unread = explainUnread(error, { name, hint });
    if (!(unread instanceof HostdevError) || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw unread;
    throw new HostdevError('file-not-found', `there is no preset and no file '${name}'`, { subject: name, hint, cause: error });
  }
}

/** Those of a QEMU have 200 kB. */
const LIMIT = 16 * 1024 * 1024;

async function readFile(path: string): Promise<string> {
  const bytes = await readBounded(path, LIMIT);
  if (bytes !== undefined) return bytes.toString('utf8');
  throw new HostdevError('file-too-large', `${path} has more than ${LIMIT} bytes, and is no file of capabilities`, {
    subject: path,
    hint: 'look at what it is',
  });
}

async function requireOwn(qemu: GuestQemu, from: VersionSource | undefined): Promise<Capabilities> {
  const found = from === undefined ? undefined : await ownCapabilities(qemu, from);
  if (found !== undefined) return found;
  throw new HostdevError(
    'capabilities-malformed',
    `libvirt on ${from?.port.live === false ? 'the machine that is looked at' : 'this machine'} has no capabilities of a QEMU for ${qemu.arch} that can be read`,
    {
      hint: `run 'virsh domcapabilities --arch ${qemu.arch}' there once as root (libvirt then keeps them), or name a preset`,
    },
  );
}

/**
 * What the machine's libvirt found out about the QEMU of a guest. Undefined where it was never asked, or keeps the answer to itself.
 */
export async function ownCapabilities(qemu: GuestQemu, { port, userCapabilityCache }: VersionSource): Promise<Capabilities | undefined> {
  return cachedCapabilities(await readCapabilityCaches(port, [CAPABILITY_CACHE, ...(userCapabilityCache === undefined ? [] : [userCapabilityCache])]), qemu);
}
