/** Where commands find what belongs to hostdev and to libvirt: the usual places, unless the environment names others. */
import { join } from 'node:path';
import { stateDirectory } from '../execute/journal/state-directory.ts';

export interface Surroundings {
  /** Where the journal is. */
  readonly stateDirectory: string;
  /** Directories that may have libvirt's schemas; the first that has them counts. */
  readonly schemas: readonly string[];
  /** Whether they are those of the libvirt that is installed, as opposed to others that somebody names. */
  readonly schemasAreInstalled: boolean;
  /** Where the user's own libvirt keeps what it found out about each QEMU. */
  readonly userCapabilityCache: string;
  /** The file that says which fleet this machine is of; there is none on most. */
  readonly fleetFile: string;
  /** The libvirt that is meant when nobody names one; when missing, libvirt's own default. */
  readonly libvirtUri: string | undefined;
}

export function surroundingsOf(env: NodeJS.ProcessEnv): Surroundings {
  const schemas = env['HOSTDEV_LIBVIRT_SCHEMAS'];
  // Empty is as good as not set (XDG base directory specification).
  const cache = env['XDG_CACHE_HOME'] || `${env['HOME'] ?? ''}/.cache`;
  return {
    stateDirectory: stateDirectory(env),
    schemas: schemas === undefined ? ['/usr/share/libvirt/schemas', '/usr/local/share/libvirt/schemas'] : [schemas],
    schemasAreInstalled: schemas === undefined,
    userCapabilityCache: join(cache, 'libvirt/qemu/cache/capabilities'),
    fleetFile: env['HOSTDEV_FLEET'] || '/etc/hostdev/fleet.conf',
    libvirtUri: undefined,
  };
}
