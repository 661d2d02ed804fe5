/** `--capabilities`: what QEMU can do, from a preset, a file, or the libvirt of the machine that is looked at. */
import type { Capabilities } from '../addressing/capabilities/capabilities.ts';
import { PRESET_ARCHITECTURES, presetCapabilities } from '../addressing/capabilities/presets.ts';
import { readCapabilities } from '../addressing/capabilities/read.ts';
import { HostdevError } from '../errors.ts';
import { explainUnread } from '../files/explain.ts';
import { readBounded } from '../files/read-bounded.ts';
import { readCapabilityCaches } from '../host/installed-libvirt.ts';
import type { AppContext } from './context.ts';
import { CAPABILITY_CACHE } from '../state/installed-libvirt.ts';

/** The QEMU that a guest is meant for: its architecture, and its path where the definition names one. */
export interface GuestQemu {
  readonly arch: string;
  readonly emulator?: string | undefined;
}

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
 * What the machine's libvirt found out about the QEMU of a guest: the one that the definition names, else the newest of its
 * architecture. Undefined where it was never asked, or keeps the answer to itself.
 */
export async function ownCapabilities({ arch, emulator }: GuestQemu, { port, userCapabilityCache }: VersionSource): Promise<Capabilities | undefined> {
  const caches = await readCapabilityCaches(port, [CAPABILITY_CACHE, ...(userCapabilityCache === undefined ? [] : [userCapabilityCache])]);
  const found = [...caches].flatMap(([path, text]) => (ARCH.exec(text)?.[1] === arch ? (readQuietly(text, path) ?? []) : []));
  const named = found.find(({ capabilities }) => emulator !== undefined && capabilities.emulator === emulator);
  return (named ?? found.sort((a, b) => b.changed - a.changed)[0])?.capabilities;
}

/** Looked for before a file is read whole: there is one for each QEMU that libvirt knows. */
const ARCH = /<arch>([^<]*)</;

interface Cached {
  readonly capabilities: Capabilities;
  /** When that QEMU was installed. */
  readonly changed: number;
}

/** One damaged file of libvirt's cache says nothing about the others. */
function readQuietly(text: string, path: string): Cached | undefined {
  try {
    return { capabilities: readCapabilities(text, path), changed: Number(/<qemuctime>(\d+)</.exec(text)?.[1] ?? 0) };
  } catch {
    return undefined;
  }
}
