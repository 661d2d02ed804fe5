/** Functions of a host that only its libvirt tells about. */
import { HostdevError } from '../../errors.ts';
import type { Libvirt } from '../../libvirt/index.ts';
import { formatNodeDeviceName, formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { HostFunction } from '../../plan/handover.ts';
import { parseXml } from '../../xml/parse.ts';
import { childElement, descend, textOf } from '../../xml/read.ts';

/**
 * The functions with their drivers, by libvirt's word.
 *
 * @throws {HostdevError} `function-unknown`.
 */
export function readNodeDrivers(libvirt: Libvirt, addresses: readonly PciAddress[]): Promise<HostFunction[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const name = formatPciAddress(address);
      const xml = await libvirt.nodeDeviceXml(formatNodeDeviceName(address));
      if (xml !== undefined) return { address, driver: driverIn(xml) };
      throw new HostdevError('function-unknown', `${libvirt.uri.text} has no PCI function ${name}`, { subject: name, hint: "'hostdev list' there shows all" });
    }),
  );
}

function driverIn(xml: string): string | undefined {
  const document = parseXml(xml);
  const name = descend(document.root, 'driver', 'name') ?? childElement(document.root, 'driver');
  const text = name === undefined ? '' : textOf(document, name).trim();
  return text === '' ? undefined : text;
}
