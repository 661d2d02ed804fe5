/** The networks of libvirt that a guest's interfaces are on, by name. */
import { attribute, childElement, childElements } from '../xml/read.ts';
import type { Domain } from './domain.ts';

export function interfaceNetworks({ devices }: Pick<Domain, 'devices'>): string[] {
  if (devices === undefined) return [];
  return childElements(devices, 'interface')
    .filter((each) => attribute(each, 'type') === 'network')
    .flatMap((each) => attribute(childElement(each, 'source'), 'network') ?? []);
}
