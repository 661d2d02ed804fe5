/** Host functions a guest has: `<hostdev>` of any kind and `<interface type='hostdev'>`, as typed views. */
import { HostdevError } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';
import { locationIn } from '../xml/position.ts';
import { attribute, childElement, childElements } from '../xml/read.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { Domain } from './domain.ts';
import { type GuestAddress, numberOf, readGuestAddress, readSourceAddress } from './guest-address.ts';

export interface VirtualPort {
  readonly type: string | undefined;
  /** `profileid`, `managerid`, `typeid`, `typeidversion`, `instanceid`, … as written. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** What an element says about one host device; whatever is missing there is undefined here. */
export interface Hostdev {
  readonly element: XmlElement;
  /** `<hostdev>` or `<interface type='hostdev'>`. */
  readonly form: 'hostdev' | 'interface';
  readonly mode: string | undefined;
  /** `pci`, `usb`, `scsi`, `scsi_host`, `mdev`. */
  readonly type: string | undefined;
  /** True for managed='yes'; missing counts as false, as in libvirt. */
  readonly managed: boolean;
  readonly model: string | undefined;
  readonly driver: { readonly name: string | undefined; readonly model: string | undefined; readonly iommufd: string | undefined } | undefined;
  /** The function on the host, for type pci. */
  readonly source: PciAddress | undefined;
  /** Where it sits in the guest. */
  readonly address: GuestAddress | undefined;
  readonly alias: string | undefined;
  readonly bootOrder: number | undefined;
  readonly rom: { readonly bar: string | undefined; readonly file: string | undefined; readonly enabled: string | undefined } | undefined;
  readonly teaming: { readonly type: string | undefined; readonly persistent: string | undefined } | undefined;
  readonly mac: string | undefined;
  readonly vlan: { readonly trunk: boolean; readonly tags: readonly number[] } | undefined;
  readonly virtualport: VirtualPort | undefined;
}

/**
 * The host devices of a domain, in document order. Interfaces of networks may be host devices too, where the network is a pool
 * of them: `with pools` gives those as well.
 *
 * @throws {HostdevError} when a number in one of them cannot be read, with its position.
 * @example
 * ```ts
 * import { formatPciAddress, readDomain, readHostdevs } from 'hostdev';
 * const domain = readDomain(`<domain><devices><hostdev mode='subsystem' type='pci' managed='yes'>
 *   <source><address domain='0x0002' bus='0x00' slot='0x00' function='0x0'/></source></hostdev></devices></domain>`);
 * const [first] = readHostdevs(domain);
 * console.log(first?.managed, first?.source && formatPciAddress(first.source)); // → true 0002:00:00.0
 * ```
 */
export function readHostdevs(domain: Domain, which: 'own' | 'with pools' = 'own'): Hostdev[] {
  if (domain.devices === undefined) return [];
  return childElements(domain.devices)
    .filter((element) => element.name === 'hostdev' || (element.name === 'interface' && isHostInterface(element, which)))
    .map((element) => readHostdev(domain, element));
}

/**
 * The functions of the host that a definition names. What of it cannot be read hides no other: whoever validates it is told of that elsewhere.
 */
export function readableSources(domain: Domain): PciAddress[] {
  const elements = domain.devices === undefined ? [] : childElements(domain.devices);
  return elements
    .filter((element) => element.name === 'hostdev' || (element.name === 'interface' && isHostInterface(element, 'own')))
    .flatMap((element) => {
      try {
        return readHostdev(domain, element).source ?? [];
      } catch (error) {
        if (error instanceof HostdevError) return [];
        throw error;
      }
    });
}

function isHostInterface(element: XmlElement, which: 'own' | 'with pools'): boolean {
  const type = attribute(element, 'type');
  return type === 'hostdev' || (which === 'with pools' && type === 'network');
}

/** Reads one element; tolerant of everything it does not know. */
function readHostdev(domain: Domain, element: XmlElement): Hostdev {
  const form = element.name === 'interface' ? 'interface' : 'hostdev';
  const source = childElement(element, 'source');
  const sourceAddress = source === undefined ? undefined : childElement(source, 'address');
  const type = form === 'hostdev' ? attribute(element, 'type') : (attribute(sourceAddress, 'type') ?? 'pci');
  const driver = childElement(element, 'driver');
  const rom = childElement(element, 'rom');
  const teaming = childElement(element, 'teaming');
  return {
    element,
    form,
    mode: form === 'hostdev' ? attribute(element, 'mode') : 'subsystem',
    type,
    managed: attribute(element, 'managed') === 'yes',
    model: attribute(element, 'model'),
    driver: driver && { name: attribute(driver, 'name'), model: attribute(driver, 'model'), iommufd: attribute(driver, 'iommufd') },
    source: type === 'pci' && sourceAddress !== undefined ? readSourceAddress(domain, sourceAddress) : undefined,
    address: readGuestAddress(domain, element),
    alias: attribute(childElement(element, 'alias'), 'name'),
    bootOrder: numberOf(domain, childElement(element, 'boot'), 'order'),
    rom: rom && { bar: attribute(rom, 'bar'), file: attribute(rom, 'file'), enabled: attribute(rom, 'enabled') },
    teaming: teaming && { type: attribute(teaming, 'type'), persistent: attribute(teaming, 'persistent') },
    mac: attribute(childElement(element, 'mac'), 'address'),
    vlan: readVlan(domain, element),
    virtualport: readVirtualPort(element),
  };
}

function readVlan(domain: Domain, element: XmlElement): Hostdev['vlan'] {
  const vlan = childElement(element, 'vlan');
  if (vlan === undefined) return undefined;
  const tags = childElements(vlan, 'tag').map((tag) => {
    const id = numberOf(domain, tag, 'id');
    if (id !== undefined) return id;
    throw new HostdevError('domain-malformed', 'a VLAN <tag> has no id', {
      location: locationIn(domain.document, tag.start, domain.file),
      hint: "write <tag id='42'/>",
    });
  });
  return { trunk: attribute(vlan, 'trunk') === 'yes', tags };
}

function readVirtualPort(element: XmlElement): VirtualPort | undefined {
  const port = childElement(element, 'virtualport');
  if (port === undefined) return undefined;
  const parameters = childElement(port, 'parameters');
  return {
    type: attribute(port, 'type'),
    parameters: Object.fromEntries((parameters?.attributes ?? []).map((a) => [a.name, a.value])),
  };
}
