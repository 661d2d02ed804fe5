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

/**
 * In order, the newest last. Where each pair can be looked up: packages.debian.org and packages.ubuntu.com (libvirt0, qemu-system-x86), the
 * AppStream repositories of RHEL and CentOS Stream (libvirt, qemu-kvm), scc.suse.com/packages (libvirt, qemu), packages.fedoraproject.org (the
 * same). It is what a release began with; its updates of QEMU change nothing here.
 */
const ROWS = [
  // jammy: 8.0.0, 6.2
  { version: '8.0', qemu: '6.2', ships: 'Ubuntu 22.04', evidence: 'table' },
  // bookworm: 9.0.0-4, 7.2+dfsg-7 (locked by the laboratory); RHEL: 9.0.0, 7.2.0
  { version: '9.0', qemu: '7.2', ships: 'Debian 12, RHEL 9.2', evidence: 'measured' },
  // noble: 10.0.0, 8.2.2; RHEL: 10.0.0, 8.2.0; SLES: 10.0.0, 8.2
  { version: '10.0', qemu: '8.2', ships: 'Ubuntu 24.04, RHEL 9.4, SLES 15 SP6', evidence: 'table' },
  // 10.10.0, 9.1.0 in both
  { version: '10.10', qemu: '9.1', ships: 'RHEL 9.6, RHEL 10.0', evidence: 'table' },
  // 11.0.0, 9.2 in both
  { version: '11.0', qemu: '9.2', ships: 'Fedora 42, SLES 15 SP7', evidence: 'table' },
  // trixie: 11.3.0-3, 10.0+ds (locked by the laboratory)
  { version: '11.3', qemu: '10.0', ships: 'Debian 13', evidence: 'measured' },
  // 11.4.0, 10.0
  { version: '11.4', qemu: '10.0', ships: 'SLES 16.0', evidence: 'table' },
  // 11.5.0, 10.0.0
  { version: '11.5', qemu: '10.0', ships: 'RHEL 10.1', evidence: 'table' },
  // 11.6.0, 10.1
  { version: '11.6', qemu: '10.1', ships: 'Fedora 43', evidence: 'table' },
  // 12.8.0-1, 11.1 (locked by the laboratory)
  { version: '12.8', qemu: '11.1', ships: 'Debian testing', evidence: 'measured' },
] as const satisfies readonly KnownLibvirt[];

/** The libvirts that are known, oldest first. */
export const KNOWN_LIBVIRTS: readonly KnownLibvirt[] = ROWS;

/**
 * A version of libvirt as a text: `x.y` (`9.0`, and 11.10 comes after 11.9), `x.y.z` (`11.3.0`), with a `v` before it or with what packages
 * have behind it (`11.3.0-3+deb13u3`). It need not be one of {@link KNOWN_LIBVIRTS}: rules are those of its place between them. Anything else,
 * a major number alone too, is refused with a `HostdevError` (`version-malformed`) by whatever takes it.
 */
export type LibvirtVersion = (typeof ROWS)[number]['version'] | (string & {});

/** What a prediction is for where nobody says. */
export const NEWEST_LIBVIRT: VersionNumber = Math.max(...KNOWN_LIBVIRTS.map(({ version }) => parseVersion(version)));

/** The QEMU that comes with a libvirt: that of the newest known one that is not newer, else of the oldest. */
export function qemuBeside(libvirt: VersionNumber): string {
  const row = KNOWN_LIBVIRTS.findLast(({ version }) => parseVersion(version) <= libvirt) ?? KNOWN_LIBVIRTS[0];
  return row?.qemu ?? '';
}

/** How well a version is known; `outside` is older than the oldest or newer than the newest that is known: the rules of that one are taken. */
export type Evidence = KnownLibvirt['evidence'] | 'outside';

/** How well the rules of a version are known: as measured where a real daemon of that major and minor version was asked. */
export function evidenceFor(libvirt: VersionNumber): Evidence {
  const minor = (version: VersionNumber): number => Math.floor(version / 1000);
  const known = KNOWN_LIBVIRTS.map(({ version }) => minor(parseVersion(version)));
  if (minor(libvirt) < Math.min(...known) || minor(libvirt) > Math.max(...known)) return 'outside';
  return KNOWN_LIBVIRTS[known.indexOf(minor(libvirt))]?.evidence ?? 'table';
}
