/** What is needed of a definition before it is read in earnest: which QEMU it is meant for, and which functions of a host. */
import { readDomain } from '../domain/domain.ts';
import { readableSources } from '../domain/hostdev.ts';
import { HostdevError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';

/** The QEMU that a guest is meant for: its architecture, and its path where the definition names one. */
export interface GuestQemu {
  readonly arch: string;
  readonly emulator?: string | undefined;
}

export interface Meant {
  readonly qemu: GuestQemu;
  readonly functions: readonly PciAddress[];
}

/** Looks into a definition; what is wrong with it is told when it is read. `defaultArch` is that of one that names none. */
export function meantBy(text: string, defaultArch: string): Meant {
  try {
    const domain = readDomain(text);
    return { qemu: { arch: domain.arch ?? defaultArch, emulator: domain.emulator }, functions: readableSources(domain) };
  } catch (error) {
    if (error instanceof HostdevError) return { qemu: { arch: defaultArch }, functions: [] };
    throw error;
  }
}
