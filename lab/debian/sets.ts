/** The sets of Debian packages that the laboratory is made of. */
import { RELEASES } from '../libvirtd/release.ts';
import * as pc from '../pc/recipe.ts';
import * as z from '../s390x/recipe.ts';
import type { ReleaseName } from './signed-index.ts';

export interface PackageSet {
  readonly release: ReleaseName;
  /** Debian's names. */
  readonly architectures: readonly string[];
  /** Packages asked for; what they depend on comes with them. */
  readonly roots: readonly string[];
  /** The original tar file of this source package instead. */
  readonly source?: boolean;
}

/** Machines that the laboratory can run on: what runs on them has to be theirs. */
const MACHINES = ['amd64', 'arm64', 's390x'];

/** What every Debian has (priority required), and what its libraries are for most programs. */
const BASE = [
  ...['base-files', 'base-passwd', 'bash', 'bsdutils', 'coreutils', 'dash', 'debianutils', 'diffutils', 'dpkg', 'findutils', 'grep', 'gzip', 'hostname'],
  ...['init-system-helpers', 'libc-bin', 'libstdc++6', 'login', 'mawk', 'ncurses-base', 'ncurses-bin', 'passwd', 'perl-base', 'sed', 'sysvinit-utils', 'tar'],
  'util-linux',
];

/** What our packages need and are looked at with: Node, manual pages, shells. */
const READERS = ['nodejs', 'man-db', 'mandoc', 'bash-completion', 'zsh', 'fish'];

/** Programs used outside the emulated hosts, so that a machine needs none of its own. */
const TOOLS = ['e2fsprogs', 'libarchive13t64', 'openssl', 'openssh-client'];

/** The browser that the page is looked at with, and fonts: without any it draws no text. Debian has none for IBM Z. */
const BROWSER = ['chromium', 'fonts-dejavu-core', 'fonts-liberation'];

/**
 * Cockpit, in whose frame the page can be: its server, its bridge and its shell, sudo for administrative access, and what a login takes. The rest is for
 * the laboratory's own scripts.
 */
const COCKPIT = ['cockpit-ws', 'cockpit-bridge', 'cockpit-system', 'sudo', 'libpam-modules', 'busybox-static', 'bash', 'coreutils', 'util-linux'];

/** What others have for the same, to be measured beside it: lspci, virsh, virt-xml, driverctl, and the shell and Python that two of them are written in. */
const PEERS = ['pciutils', 'libvirt-clients', 'virtinst', 'driverctl', 'bash', 'coreutils', 'util-linux'];

/** What drives the collection, the Python that it is written in, and a locale with UTF-8, without which it does not start: a disk of its own for the emulated PC. */
const ANSIBLE = ['ansible-core', 'python3', 'libc-bin'];

/** What a fleet agrees in: the daemon, and etcdctl to look at it with. Other releases than the newest are there because sites have them. */
const ETCD = ['etcd-server', 'etcd-client'];

export const SETS = {
  tools: { release: 'trixie', architectures: MACHINES, roots: TOOLS },
  'emulator-s390x': { release: 'trixie', architectures: MACHINES, roots: z.EMULATOR_PACKAGES },
  'emulator-x86': { release: 'trixie', architectures: MACHINES, roots: pc.EMULATOR_PACKAGES },
  'host-s390x': { release: 'trixie', architectures: ['s390x'], roots: z.HOST_PACKAGES },
  'host-pc': { release: 'trixie', architectures: ['amd64'], roots: pc.HOST_PACKAGES },
  'libvirtd-11.3': { release: 'trixie', architectures: MACHINES, roots: RELEASES['11.3'].packages },
  'libvirtd-12.x': { release: 'forky', architectures: MACHINES, roots: RELEASES['12.x'].packages },
  'libvirtd-9.0': { release: 'bookworm', architectures: MACHINES, roots: RELEASES['9.0'].packages },
  'clean-12': { release: 'bookworm', architectures: ['amd64'], roots: [...BASE, 'man-db'] },
  'clean-13': { release: 'trixie', architectures: ['amd64'], roots: [...BASE, ...READERS] },
  browser: { release: 'trixie', architectures: ['amd64', 'arm64'], roots: BROWSER },
  cockpit: { release: 'trixie', architectures: ['amd64', 'arm64'], roots: COCKPIT },
  peers: { release: 'trixie', architectures: MACHINES, roots: PEERS },
  ansible: { release: 'trixie', architectures: ['amd64'], roots: ANSIBLE },
  'etcd-3.5': { release: 'trixie', architectures: MACHINES, roots: ETCD },
  'etcd-3.4': { release: 'bookworm', architectures: MACHINES, roots: ETCD },
  // base-files has the texts of licences to which the packages' own files point.
  'node-s390x': { release: 'trixie', architectures: ['s390x'], roots: ['nodejs', 'base-files'] },
  corpus: { release: 'trixie', architectures: ['source'], roots: ['libvirt'], source: true },
  'corpus-9.0': { release: 'bookworm', architectures: ['source'], roots: ['libvirt'], source: true },
} as const satisfies Readonly<Record<string, PackageSet>>;

export type SetName = keyof typeof SETS;
