/**
 * The libvirts whose rules are known, and the QEMU that distributions ship beside each.
 *
 * Rules: docs/addressing.md §20.
 */
import { parseVersion, type VersionNumber } from './version.ts';

export interface KnownLibvirt {
  /** `11.3`. */
  readonly version: string;
  /** The QEMU beside it. */
  readonly qemu: string;
  /** Who ships them together. */
  readonly ships: string;
  /** Held against a real daemon in the laboratory, or known from libvirt's news and source only. */
  readonly evidence: 'measured' | 'table';
}

/** In order, the newest last. */
export const KNOWN_LIBVIRTS: readonly KnownLibvirt[] = [
  { version: '9.0', qemu: '7.2', ships: 'Debian 12', evidence: 'measured' },
  { version: '10.0', qemu: '8.2', ships: 'Ubuntu 24.04, SLES 15 SP6', evidence: 'table' },
  { version: '10.10', qemu: '9.1', ships: 'RHEL 9.6, RHEL 10.0', evidence: 'table' },
  { version: '11.0', qemu: '9.2', ships: 'Fedora 42, SLES 15 SP7', evidence: 'table' },
  { version: '11.3', qemu: '10.0', ships: 'Debian 13', evidence: 'measured' },
  { version: '12.8', qemu: '11.1', ships: 'Debian testing', evidence: 'measured' },
];

/** What a prediction is for where nobody says. */
export const NEWEST_LIBVIRT: VersionNumber = Math.max(...KNOWN_LIBVIRTS.map(({ version }) => parseVersion(version)));

/** The QEMU that comes with a libvirt: that of the newest known one that is not newer, else of the oldest. */
export function qemuBeside(libvirt: VersionNumber): string {
  const row = KNOWN_LIBVIRTS.findLast(({ version }) => parseVersion(version) <= libvirt) ?? KNOWN_LIBVIRTS[0];
  return row?.qemu ?? '';
}

/** How well the rules of a version are known: as measured where a real daemon of that major and minor version was asked. */
export function evidenceFor(libvirt: VersionNumber): KnownLibvirt['evidence'] {
  const minor = (version: VersionNumber): number => Math.floor(version / 1000);
  const row = KNOWN_LIBVIRTS.find(({ version }) => minor(parseVersion(version)) === minor(libvirt));
  return row?.evidence ?? 'table';
}
