/** Where commands find what belongs to hostdev and to libvirt: the usual places, unless the environment names others. */
import { join } from 'node:path';
import { stateDirectory } from '../execute/journal/journal.ts';

export interface Surroundings {
  /** Where the journal is. */
  readonly stateDirectory: string;
  /** Directories that may have libvirt's schemas; the first that has them counts. */
  readonly schemas: readonly string[];
  /** Where libvirt keeps what it found out about each QEMU: the machine's and the user's. */
  readonly capabilityCaches: readonly string[];
  /** Directories that may have libvirt's library, whose file name says its version. */
  readonly libraries: readonly string[];
  /** The libvirt that is meant when nobody names one; when missing, libvirt's own default. */
  readonly libvirtUri: string | undefined;
}

/** Where distributions have libraries: Debian's by machine (multiarch), others' by word size. */
const LIBRARIES = [
  ...['x86_64', 'aarch64', 's390x', 'powerpc64le', 'riscv64', 'loongarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu`),
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/lib64',
  '/usr/local/lib',
];

export function surroundingsOf(env: NodeJS.ProcessEnv): Surroundings {
  const schemas = env['HOSTDEV_LIBVIRT_SCHEMAS'];
  // Empty is as good as not set (XDG base directory specification).
  const cache = env['XDG_CACHE_HOME'] || `${env['HOME'] ?? ''}/.cache`;
  return {
    stateDirectory: stateDirectory(env),
    schemas: schemas === undefined ? ['/usr/share/libvirt/schemas', '/usr/local/share/libvirt/schemas'] : [schemas],
    capabilityCaches: ['/var/cache/libvirt/qemu/capabilities', join(cache, 'libvirt/qemu/cache/capabilities')],
    libraries: LIBRARIES,
    libvirtUri: undefined,
  };
}
