/** What expand, validate, args and topology share: the QEMU and the host a definition is meant for. */
import { NO_HOST } from '../addressing/host-facts.ts';
import { parseVersion } from '../addressing/libvirt/version.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { readDomain } from '../domain/domain.ts';
import { readableSources } from '../domain/hostdev.ts';
import { HostdevError } from '../errors.ts';
import type { Capabilities } from '../addressing/capabilities/capabilities.ts';
import type { PciAddress } from '../pci/address.ts';
import { findCapabilities } from './capabilities.ts';
import type { AppContext } from './context.ts';
import type { DomainFile } from './domain-file.ts';
import { loadHostFacts, readHostFacts } from './host-facts.ts';
import { installedLibvirt } from './installed-libvirt.ts';
import type { Surroundings } from './surroundings.ts';

export interface PlaceFlags {
  /** A version; that of the capabilities, else of this machine, else the newest that is known when missing. */
  readonly libvirt?: string | undefined;
  /** `libvirt`, a preset or a file; the preset of the guest's architecture for the QEMU beside that libvirt when missing. */
  readonly capabilities?: string | undefined;
  /** `none` or a file; this machine when missing. */
  readonly host?: string | undefined;
}

/** Node's names of architectures, as libvirt says them. */
const ARCH: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  s390x: 's390x',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  arm: 'armv7l',
  loong64: 'loongarch64',
};

/** Architecture of a definition that names none: this machine's. */
export function hostArchitecture(): string {
  return ARCH[process.arch] ?? 'x86_64';
}

/** Where this machine's libvirt and its QEMUs can be known from. */
export type VersionSources = Pick<Surroundings, 'capabilityCaches' | 'libraries'>;

/** How a definition is to be looked at, and the architecture of its guest. */
export async function placeOptions(
  context: AppContext,
  file: DomainFile,
  flags: PlaceFlags,
  from: VersionSources,
): Promise<{ readonly options: PlaceOptions; readonly arch: string }> {
  const defaultArch = hostArchitecture();
  const { arch = defaultArch, sources } = lookInto(file.text);
  const host =
    flags.host === 'none' ? NO_HOST : flags.host === undefined ? await readHostFacts(context.port, sources) : await loadHostFacts(flags.host, sources);
  return { arch, options: { file: file.name, defaultArch, ...(await versionsFor(flags, arch, from)), host } };
}

/**
 * The libvirt and the QEMU: those that are asked for, else those of this machine. With the facts of another host, or without any, this machine's
 * are not meant.
 */
async function versionsFor(flags: PlaceFlags, arch: string, { capabilityCaches, libraries }: VersionSources): Promise<PlaceOptions> {
  const { libvirt } = flags;
  if (libvirt !== undefined) parseVersion(libvirt);
  if (flags.capabilities !== undefined) {
    const capabilities = await capabilitiesFor(flags.capabilities, arch, capabilityCaches);
    return libvirt === undefined ? { capabilities } : { libvirt, capabilities };
  }
  if (libvirt !== undefined) return { libvirt };
  const own = flags.host === undefined ? await installedLibvirt(libraries) : undefined;
  if (own === undefined) return {};
  const found = await findCapabilities('libvirt', arch, capabilityCaches).catch((error: unknown) => {
    // It has never been asked about its QEMU, or keeps the answer to itself: then its QEMU is the one that ships beside it.
    if (error instanceof HostdevError) return undefined;
    throw error;
  });
  return { libvirt: own, ...(found === undefined ? {} : { capabilities: found }) };
}

/** A QEMU for another architecture would judge the guest by devices it never has. */
async function capabilitiesFor(name: string, arch: string, caches: readonly string[]): Promise<Capabilities> {
  const capabilities = await findCapabilities(name, arch, caches);
  if (FAMILY[capabilities.arch] === FAMILY[arch] || capabilities.arch === arch) return capabilities;
  throw new HostdevError('capabilities-malformed', `'${name}' is a QEMU for ${capabilities.arch || 'an unknown architecture'}, but the guest is ${arch}`, {
    subject: name,
    hint: `name a QEMU for ${arch}, or leave --capabilities out`,
  });
}

/** Architectures that one QEMU runs. */
const FAMILY: Readonly<Record<string, string>> = { x86_64: 'x86', i686: 'x86', ppc64: 'ppc64', ppc64le: 'ppc64', aarch64: 'arm', armv7l: 'arm', armv6l: 'arm' };

/** What is needed before the definition is read in earnest; what is wrong with it is told then. */
function lookInto(text: string): { readonly arch: string | undefined; readonly sources: readonly PciAddress[] } {
  try {
    const domain = readDomain(text);
    return { arch: domain.arch, sources: readableSources(domain) };
  } catch (error) {
    if (error instanceof HostdevError) return { arch: undefined, sources: [] };
    throw error;
  }
}
