/** The libvirt of a connection, and what it says of the QEMU that runs a guest. */
import type { Capabilities } from '../../addressing/capabilities/capabilities.ts';
import { readDomainCapabilities } from '../../addressing/capabilities/read.ts';
import { formatVersion } from '../../addressing/libvirt/version.ts';
import { HostdevError } from '../../errors.ts';
import { isLost, type LibvirtLink } from '../../guest/libvirt/link.ts';
import type { Libvirt } from '../../libvirt/index.ts';
import type { GuestQemu } from '../../addressing/meant.ts';
import { ownCapabilities, type VersionSource } from '../capabilities.ts';
import type { Versions } from '../guest-versions.ts';

/**
 * The versions on the other side of a connection. What libvirt keeps of its QEMUs has every ability; over a connection it tells few of them,
 * and the others are those of that QEMU's preset. `machine` is where we are.
 */
export async function connectionVersions(link: LibvirtLink, qemu: GuestQemu, machine: VersionSource | undefined): Promise<Versions> {
  const libvirt = await link.get();
  const { libvirt: version, hypervisor, type } = await libvirt.versions();
  const own = link.isLocal && machine !== undefined ? await ownCapabilities(qemu, machine) : undefined;
  // Files that another libvirt has left behind are not what this one goes by.
  const capabilities = own?.libvirtVersion === version ? own : type === 'QEMU' ? await toldCapabilities(libvirt, qemu, hypervisor) : undefined;
  return { libvirt: formatVersion(version), ...(capabilities === undefined ? {} : { capabilities }) };
}

/** Undefined where libvirt has no QEMU for the guest, or does not say. */
async function toldCapabilities(libvirt: Libvirt, { arch, emulator }: GuestQemu, hypervisor: number): Promise<Capabilities | undefined> {
  try {
    const text = await libvirt.domainCapabilities({ arch, ...(emulator === undefined ? {} : { emulator }) });
    return readDomainCapabilities(text, formatVersion(hypervisor).replace(/\.\d+$/, ''));
  } catch (error) {
    if (error instanceof HostdevError && !isLost(error)) return undefined;
    throw error;
  }
}
