/** Text of Proxmox's mapping/pci.cfg: a section for each mapping, whose name stands alone on its line; a blank line ends it. */
import { oneLine } from '../printable.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { leftOutComments } from './left-out.ts';
import type { MappedDevice, PciMapping, ProxmoxExport } from './proxmox.ts';

export function formatPciCfg({ mappings, leftOut }: ProxmoxExport, nameOf: (device: NodeDevice) => string | undefined): string {
  const none = mappings.length === 0 ? ['# No function of this host can be offered.'] : [];
  const sections = mappings.map((mapping) => formatMapping(mapping, nameOf(mapping.device)));
  const comments = [...none, ...leftOutComments(leftOut)];
  return [...sections, ...(comments.length === 0 ? [] : [comments])].map((lines) => lines.map((line) => `${line}\n`).join('')).join('\n');
}

function formatMapping({ id, mdev, liveMigrationCapable, map }: PciMapping, name: string | undefined): string[] {
  const description = name === undefined ? '' : oneLine(name).trim();
  return [
    id,
    ...(description === '' ? [] : [`\tdescription ${description}`]),
    ...(liveMigrationCapable ? ['\tlive-migration-capable 1'] : []),
    ...map.map((each) => `\tmap ${formatMap(each)}`),
    ...(mdev ? ['\tmdev 1'] : []),
  ];
}

/** `id=10de:2236,iommugroup=7,…`: no value has a comma. */
export function formatMap(mapped: MappedDevice): string {
  return Object.entries(mapped)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
