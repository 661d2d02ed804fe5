/** Where a machine's libvirt is, and what it keeps of its QEMUs. */

/** Where distributions have libraries: Debian's by machine (multiarch), others' by word size. */
export const LIBRARIES: readonly string[] = [
  ...['x86_64', 'aarch64', 's390x', 'powerpc64le', 'riscv64', 'loongarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu`),
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib64',
  '/usr/local/lib',
];

/** `libvirt.so.0.11003.0`: major × 1000 + minor, then the patch. */
const LIBRARY = /^libvirt\.so\.0\.(\d{1,6})\.(\d{1,3})$/;

/** The version that the name of a library says, `11.3.0`; undefined for any other file. */
export function libraryVersion(name: string): string | undefined {
  const [, number, patch] = LIBRARY.exec(name) ?? [];
  return number === undefined ? undefined : `${Math.floor(Number(number) / 1000)}.${Number(number) % 1000}.${patch ?? 0}`;
}

/** Where the libvirt of a machine keeps what it found out about each QEMU; that of a user has a directory of its own. */
export const CAPABILITY_CACHE = '/var/cache/libvirt/qemu/capabilities';
