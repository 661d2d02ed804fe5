/** Debian's libvirts: what is in their trees. */

export interface Release {
  readonly packages: readonly string[];
}

const SHARED = ['libvirt-daemon', 'libvirt-daemon-driver-qemu', 'libvirt-clients', 'busybox-static'];

const EMULATORS = ['x86', 'arm', 'ppc', 'riscv', 's390x'].map((arch) => `qemu-system-${arch}`);

/** Ways to it over ssh. */
const WAYS = ['openssh-server', 'netcat-openbsd'];

export const RELEASES = {
  '11.3': {
    packages: [
      ...SHARED,
      'libvirt-daemon-driver-nodedev',
      ...EMULATORS,
      ...WAYS,
      // Passwords.
      ...['libsasl2-modules', 'sasl2-bin'],
      // A peer for benchmarks.
      'python3-libvirt',
    ],
  },
  // Debian testing's, whatever version the lock has of it.
  '12.x': { packages: [...SHARED, ...EMULATORS] },
  // IBM Z and RISC-V are among `misc` here.
  '9.0': { packages: [...SHARED, ...['x86', 'arm', 'ppc', 'misc'].map((arch) => `qemu-system-${arch}`), ...WAYS] },
} as const satisfies Record<string, Release>;

export type ReleaseName = keyof typeof RELEASES;

export const BUSYBOX_LINKS = ['sh', 'cat', 'mount', 'mkdir', 'ln', 'ls', 'echo', 'test'];

/** The users that sshd wants. */
export const SYSTEM_USERS = 'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin\n';
