/** Networks of libvirt that hand out functions (`<forward mode='hostdev'>`). Source: libvirt's documentation of the network XML format. */
import { type PciAddress, pciAddressAttributes } from '../pci/address.ts';
import { parseXml } from '../xml/parse.ts';
import { attribute, childElement, childElements } from '../xml/read.ts';
import { element, textElement } from '../xml/write.ts';
import { readSourceAddress } from './guest-address.ts';

export interface NetworkPool {
  /** Whether libvirt moves a function to vfio-pci and back. */
  readonly managed: boolean;
  /** Interfaces of physical functions whose virtual ones are handed out. */
  readonly physicalInterfaces: readonly string[];
  /** Functions that are named one by one; libvirt adds those of the interfaces once the network is active. */
  readonly functions: readonly PciAddress[];
  /** How many guests have one now; undefined where none has, of which libvirt says no word (seen with 11.3), and where it is not active. */
  readonly connections: number | undefined;
}

/** The pool of a network; undefined for a network that hands out no functions. */
export function readNetworkPool(xml: string): NetworkPool | undefined {
  const document = parseXml(xml);
  const forward = childElement(document.root, 'forward');
  if (forward === undefined || attribute(forward, 'mode') !== 'hostdev') return undefined;
  const connections = attribute(document.root, 'connections');
  return {
    managed: attribute(forward, 'managed') === 'yes',
    physicalInterfaces: childElements(forward, 'pf').flatMap((pf) => attribute(pf, 'dev') ?? []),
    functions: childElements(forward, 'address').map((address) => readSourceAddress({ document, file: undefined }, address)),
    connections: connections === undefined ? undefined : Number(connections),
  };
}

/** What a pool hands out: the virtual functions behind an interface, or functions named one by one. */
export type PoolSource = { readonly physicalInterface: string } | { readonly functions: readonly PciAddress[] };

/** The XML of a pool, for libvirt to define; it refuses a name that a network with another uuid has. */
export function formatNetworkPool({ name, uuid }: { readonly name: string; readonly uuid: string }, source: PoolSource): string {
  const sources =
    'physicalInterface' in source
      ? element('pf', { dev: source.physicalInterface })
      : source.functions.flatMap((address) => element('address', { type: 'pci', ...Object.fromEntries(pciAddressAttributes(address)) }));
  const forward = element('forward', { mode: 'hostdev', managed: 'yes' }, [...element('driver', { name: 'vfio' }), ...sources]);
  return `${element('network', {}, [...textElement('name', name), ...textElement('uuid', uuid), ...forward]).join('\n')}\n`;
}
