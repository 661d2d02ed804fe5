/** What expand, validate, args and topology share: the libvirt, the QEMU and the host a definition is meant for. */
import { NO_HOST } from '../addressing/host-facts.ts';
import { type GuestQemu, meantBy } from '../addressing/meant.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import type { LibvirtLink } from '../guest/libvirt/link.ts';
import type { PciAddress } from '../pci/address.ts';
import type { VersionSource } from './capabilities.ts';
import { connectionVersions } from './guests/connection-versions.ts';
import type { AppContext } from './context.ts';
import type { DomainFile } from '../guest/definition-file.ts';
import { type Versions, type VersionWish, versionsFor } from './guest-versions.ts';
import { hostAt, type MeantHost, namedHost } from './meant-host.ts';
import { wordTable } from '../word-table.ts';

interface PlaceFlags extends VersionWish {
  /** `none` or a file; the machine that is looked at when missing. */
  readonly host?: string | undefined;
}

/** What a definition is held against. */
export interface PlaceSources {
  readonly place: PlaceFlags;
  /** The libvirt that is meant; where libvirt is wherever the host is when missing. */
  readonly link?: LibvirtLink | undefined;
}

/** Node's names of architectures, as libvirt says them. */
const ARCH = wordTable<string>({
  x64: 'x86_64',
  arm64: 'aarch64',
  s390x: 's390x',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  arm: 'armv7l',
  loong64: 'loongarch64',
});

/** Architecture of a definition that names none: this machine's. */
export function hostArchitecture(): string {
  return ARCH[process.arch] ?? 'x86_64';
}

/** How a definition is to be looked at, and the architecture of its guest. */
export async function placeOptions(
  context: AppContext,
  file: DomainFile,
  sources: PlaceSources,
): Promise<{ readonly options: PlaceOptions; readonly arch: string }> {
  const { qemu, functions } = meantBy(file.text, hostArchitecture());
  const { facts, machine } = await hostOf(context, functions, sources);
  const versions = await versionsOf(qemu, machine, sources);
  return { arch: qemu.arch, options: { file: file.name, defaultArch: hostArchitecture(), ...versions, host: facts } };
}

/** A libvirt elsewhere has the functions of its own host, of which nothing is known here. */
function hostOf(context: AppContext, functions: readonly PciAddress[], { place: { host }, link }: PlaceSources): Promise<MeantHost> | MeantHost {
  if (host !== undefined) return namedHost(host, functions);
  return link === undefined || link.isLocal ? hostAt(context, functions) : { facts: NO_HOST, machine: undefined };
}

async function versionsOf(qemu: GuestQemu, machine: VersionSource | undefined, { place, link }: PlaceSources): Promise<Versions> {
  if (link === undefined) return versionsFor(place, qemu, machine);
  // A snapshot says what that host's functions are, not what this connection's libvirt knows.
  const connected = await connectionVersions(link, qemu, place.host === undefined ? machine : undefined);
  return place.capabilities === undefined ? connected : { ...connected, ...(await versionsFor({ capabilities: place.capabilities }, qemu, machine)) };
}

/** The QEMU that a definition is meant for. */
export function guestQemu({ arch, emulator }: { readonly arch: string | undefined; readonly emulator: string | undefined }): GuestQemu {
  return { arch: arch ?? hostArchitecture(), emulator };
}
