/** Root ports of a definition: places of PCI Express guests where devices can be plugged in. */
import { HostdevError } from '../errors.ts';
import { applySplices, insertChild } from '../xml/edit.ts';
import { attribute, childElements } from '../xml/read.ts';
import { element } from '../xml/write.ts';
import { readDomain } from './domain.ts';

const MODEL = 'pcie-root-port';

/** How many a definition has. */
export function countRootPorts(xml: string): number {
  const { devices } = readDomain(xml);
  return devices === undefined ? 0 : childElements(devices, 'controller').filter((each) => attribute(each, 'model') === MODEL).length;
}

/** Elements of that many; libvirt gives them index and address. */
export function rootPorts(count: number): readonly string[] {
  return Array.from({ length: count }, () => element('controller', { type: 'pci', model: MODEL })).flat();
}

/**
 * The definition with that many more, behind its other controllers; nothing else changes.
 *
 * @throws {HostdevError} `domain-malformed`.
 */
export function withRootPorts(xml: string, count: number): string {
  const { document, devices } = readDomain(xml);
  if (devices === undefined) throw new HostdevError('domain-malformed', 'the definition has no <devices>', { hint: 'is it a libvirt domain?' });
  const after = childElements(devices, 'controller').at(-1);
  return applySplices(document.source, [insertChild(document, devices, rootPorts(count), after)]);
}
