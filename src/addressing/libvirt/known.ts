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
 * In order, the newest last. The comment of a row says what was seen of libvirt and QEMU, and where; what it does not name was not found there
 * in November 2026 and is from memory. Ubuntu: packages.ubuntu.com; Fedora: packages.fedoraproject.org; RHEL: CentOS Stream's libvirt (merge
 * requests) and qemu-kvm (tags) on gitlab.com, from which its releases are branched, and rebuilds of its packages. It is what a release began
 * with; updates change nothing here.
 */
const ROWS = [
  // jammy: libvirt 8.0.0-1ubuntu7; QEMU 6.2 from memory.
  { version: '8.0', qemu: '6.2', ships: 'Ubuntu 22.04', evidence: 'table' },
  // bookworm: 9.0.0-4, 7.2+dfsg-7 (locked by the laboratory). RHEL: qemu-kvm 7.2.0-13.el9_2; libvirt 9.0.0 from memory.
  { version: '9.0', qemu: '7.2', ships: 'Debian 12, RHEL 9.2', evidence: 'measured' },
  // noble: 10.0.0-2ubuntu8, 8.2.2+ds. RHEL: libvirt 10.0.0-1.el9 (merge request 86); QEMU 8.2 from memory. SLES: from memory.
  { version: '10.0', qemu: '8.2', ships: 'Ubuntu 24.04, RHEL 9.4, SLES 15 SP6', evidence: 'table' },
  // RHEL: qemu-kvm 9.1.0-20.el9 and 9.1.0-17.el10, a rebuild of libvirt 10.10.0-7.6.el9; libvirt of 10.0 from memory.
  { version: '10.10', qemu: '9.1', ships: 'RHEL 9.6, RHEL 10.0', evidence: 'table' },
  // Fedora: 11.0.0-1.fc42, QEMU 9.2.2. SLES: qemu from branch v9.2-sle15sp7 (build.opensuse.org); libvirt from memory.
  { version: '11.0', qemu: '9.2', ships: 'Fedora 42, SLES 15 SP7', evidence: 'table' },
  // trixie: 11.3.0-3, 10.0+ds (locked by the laboratory)
  { version: '11.3', qemu: '10.0', ships: 'Debian 13', evidence: 'measured' },
  // From memory.
  { version: '11.4', qemu: '10.0', ships: 'SLES 16.0', evidence: 'table' },
  // RHEL: qemu-kvm 10.0.0-11.el10; libvirt from memory.
  { version: '11.5', qemu: '10.0', ships: 'RHEL 10.1', evidence: 'table' },
  // Fedora: 11.6.0-1.fc43, 10.1.0-7.fc43; questing: 11.6.0-1ubuntu3, 10.1.0+ds-5ubuntu2
  { version: '11.6', qemu: '10.1', ships: 'Fedora 43, Ubuntu 25.10', evidence: 'table' },
  // resolute: 12.0.0-1ubuntu5, 10.2.1+ds-1ubuntu3 (documentation of Ubuntu Server, virt-hwe); Fedora: 12.0.0-3.fc44, 10.2.2-1.fc44
  { version: '12.0', qemu: '10.2', ships: 'Ubuntu 26.04, Fedora 44', evidence: 'table' },
  // Fedora: 12.6.0-4.fc45, 11.1.3-1.fc45
  { version: '12.6', qemu: '11.1', ships: 'Fedora 45', evidence: 'table' },
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

/** Their numbers, in the same order. */
const NUMBERS: readonly VersionNumber[] = KNOWN_LIBVIRTS.map(({ version }) => parseVersion(version));

/** What a prediction is for where nobody says. */
export const NEWEST_LIBVIRT: VersionNumber = Math.max(...NUMBERS);

/** The QEMU that comes with a libvirt: that of the newest known one that is not newer, else of the oldest. */
export function qemuBeside(libvirt: VersionNumber): string {
  const row =
    KNOWN_LIBVIRTS[
      Math.max(
        0,
        NUMBERS.findLastIndex((known) => known <= libvirt),
      )
    ];
  return row?.qemu ?? '';
}

/** How well a version is known; `outside` is older than the oldest or newer than the newest that is known: the rules of that one are taken. */
export type Evidence = KnownLibvirt['evidence'] | 'outside';

/** How well the rules of a version are known: as measured where a real daemon of that major and minor version was asked. */
export function evidenceFor(libvirt: VersionNumber): Evidence {
  const minor = (version: VersionNumber): number => Math.floor(version / 1000);
  const known = NUMBERS.map(minor);
  if (minor(libvirt) < Math.min(...known) || minor(libvirt) > Math.max(...known)) return 'outside';
  return KNOWN_LIBVIRTS[known.indexOf(minor(libvirt))]?.evidence ?? 'table';
}
