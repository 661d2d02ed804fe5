/** Which libvirt and which QEMU a guest is judged for: those that are asked for, else those of the machine that is looked at. */
import type { Capabilities } from '../addressing/capabilities/capabilities.ts';
import { parseVersion } from '../addressing/libvirt/version.ts';
import type { GuestQemu } from '../addressing/meant.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { HostdevError } from '../errors.ts';
import { installedLibvirt } from '../host/installed-libvirt.ts';
import { findCapabilities, ownCapabilities, type VersionSource } from './capabilities.ts';
import { wordTable } from '../word-table.ts';

/** What a user asks for. */
export interface VersionWish {
  /** A version; that of the capabilities, else of the machine, else the newest that is known when missing. */
  readonly libvirt?: string | undefined;
  /** `libvirt`, a preset or a file; the preset of the guest's architecture for the QEMU beside that libvirt when missing. */
  readonly capabilities?: string | undefined;
}

/** A libvirt and a QEMU; what is missing is chosen by the rules of {@link PlaceOptions}. */
export type Versions = Pick<PlaceOptions, 'libvirt' | 'capabilities'>;

/** @throws {HostdevError} `version-malformed`, and what {@link findCapabilities} throws. */
export async function versionsFor({ libvirt, capabilities: name }: VersionWish, qemu: GuestQemu, from: VersionSource | undefined): Promise<Versions> {
  if (libvirt !== undefined) parseVersion(libvirt);
  if (name !== undefined) {
    const capabilities = await capabilitiesFor(name, qemu, from);
    return libvirt === undefined ? { capabilities } : { libvirt, capabilities };
  }
  if (libvirt !== undefined) return { libvirt };
  return from === undefined ? {} : ownVersions(qemu, from);
}

/** Those of the machine. A QEMU that its libvirt has never looked at is the one that ships beside it. */
async function ownVersions(qemu: GuestQemu, from: VersionSource): Promise<Versions> {
  const capabilities = await ownCapabilities(qemu, from);
  const libvirt = await installedLibvirt(from.port);
  // Without the library these capabilities are what some libvirt left behind; it says which.
  return { ...(libvirt === undefined ? {} : { libvirt }), ...(capabilities === undefined ? {} : { capabilities }) };
}

/** A QEMU for another architecture would judge the guest by devices it never has. */
async function capabilitiesFor(name: string, qemu: GuestQemu, from: VersionSource | undefined): Promise<Capabilities> {
  const { arch } = qemu;
  const capabilities = await findCapabilities(name, qemu, from);
  if (FAMILY[capabilities.arch] === FAMILY[arch] || capabilities.arch === arch) return capabilities;
  throw new HostdevError('capabilities-malformed', `'${name}' is a QEMU for ${capabilities.arch || 'an unknown architecture'}, but the guest is ${arch}`, {
    subject: name,
    hint: `name a QEMU for ${arch}, or leave --capabilities out`,
  });
}

/** Architectures that one QEMU runs. */
const FAMILY = wordTable<string>({ x86_64: 'x86', i686: 'x86', ppc64: 'ppc64', ppc64le: 'ppc64', aarch64: 'arm', armv7l: 'arm', armv6l: 'arm' });
