/** The networks of libvirt that a guest's interfaces are on, by name. */
import { attribute, childElement, childElements } from '../xml/read.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { Domain } from './domain.ts';

/** The network that an interface is on. */
export function networkOf(element: XmlElement): string | undefined {
  return attribute(element, 'type') === 'network' ? attribute(childElement(element, 'source'), 'network') : undefined;
}

export function interfaceNetworks({ devices }: Pick<Domain, 'devices'>): string[] {
  if (devices === undefined) return [];
  return childElements(devices, 'interface').flatMap((each) => networkOf(each) ?? []);
}
