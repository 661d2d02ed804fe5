/** Reading what is told of one function besides. */
import type { PciAddress } from '../pci/address.ts';
import { sysfsPath } from '../pci/sysfs-name.ts';
import type { LinkFacts, ShownFacts } from '../state/node-device.ts';
import { type HostReader, parseAttribute } from './port.ts';

/** PCI Express only. */
const LINK = ['current_link_speed', 'current_link_width', 'max_link_speed', 'max_link_width'] as const;

const ATTRIBUTES: ReadonlySet<string> = new Set(['revision', 'numa_node', ...LINK]);

/** A function that is not there (any more) has none of these facts. */
export async function readShownFacts(port: HostReader, address: PciAddress): Promise<ShownFacts> {
  const at = sysfsPath(address);
  const names = (await port.list(at)) ?? [];
  const texts = await port.attributes(
    at,
    names.filter((name) => ATTRIBUTES.has(name)),
  );
  const numaNode = parseAttribute(texts.get('numa_node'));
  return {
    revision: parseAttribute(texts.get('revision')),
    numaNode: numaNode === -1 ? undefined : numaNode,
    link: names.includes('current_link_speed') ? linkOf(texts) : undefined,
  };
}

function linkOf(texts: ReadonlyMap<string, string>): LinkFacts {
  const [speed, width, maxSpeed, maxWidth] = LINK.map((name) => texts.get(name));
  return { speed, width, maxSpeed, maxWidth };
}
