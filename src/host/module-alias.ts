/** Which kernel modules offer to drive a device: the table that depmod makes of all modules' aliases. */
import { type HostReader, readText } from './port.ts';

/** modules.alias of a distribution's kernel has about 1.5 MB. */
const LIMIT = 32 * 1024 * 1024;

interface Candidate {
  readonly module: string;
  /** The fewer, the more special. */
  readonly wildcards: number;
}

/** The table of the running kernel; undefined where there is none. */
export async function readModuleAliases(port: HostReader): Promise<Uint8Array | undefined> {
  const release = await readText(port, '/proc/sys/kernel/osrelease');
  return release === undefined || !/^[\w.+~-]+$/.test(release) ? undefined : port.read(`/lib/modules/${release}/modules.alias`, LIMIT);
}

/**
 * Modules whose alias fits the ids of a PCI modalias (`pci:v00008086d…`), the most special first. `prefix` is `pci` for
 * host drivers and `vfio_pci` for VFIO drivers. Source: the kernel's modules.alias, modprobe.d(5).
 */
export async function matchingModules(port: HostReader, prefix: 'pci' | 'vfio_pci', modalias: string | undefined): Promise<string[]> {
  const ids = modalias?.startsWith('pci:') === true ? modalias.slice('pci:'.length) : undefined;
  if (ids === undefined) return [];
  const begin = `alias ${prefix}:`;
  const fitting = new TextDecoder()
    .decode(await readModuleAliases(port))
    .split('\n')
    .flatMap((line): Candidate[] => {
      if (!line.startsWith(begin)) return [];
      const [pattern = '', module = ''] = line.slice(begin.length).split(' ');
      return fits(pattern, ids) ? [{ module, wildcards: pattern.split('*').length }] : [];
    });
  return [...new Set(fitting.sort((a, b) => a.wildcards - b.wildcards).map(({ module }) => module))];
}

/** `v000015B3d0000101Esv*sd*bc*sc*i*` against the ids of a modalias. The first letters sort most lines out. */
function fits(pattern: string, ids: string): boolean {
  const head = pattern.slice(0, pattern.indexOf('*'));
  if (!ids.toLowerCase().startsWith(head.toLowerCase())) return false;
  const source = pattern.split('*').map((part) => part.replaceAll(/[^\w]/g, String.raw`\$&`));
  return new RegExp(`^${source.join('.*')}$`, 'i').test(ids);
}
