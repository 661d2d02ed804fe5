/** What a function says it is. The kernel prints the same fields of its `struct pci_dev` in attributes of one value each and in `uevent`. */
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type HostReader, parseAttribute } from './port.ts';

/** The attributes of one value each. */
export const IDENTITY = ['vendor', 'device', 'class', 'subsystem_vendor', 'subsystem_device', 'modalias'] as const;

/** Each as it was found; undefined where it was not. */
export type Identity = { readonly [Name in 'vendor' | 'device' | 'pciClass']: number | undefined } & Pick<
  NodeDevice,
  'subsystemVendor' | 'subsystemDevice' | 'modalias'
>;

/**
 * What `uevent` says, which is all of it in one read; undefined where it says less, or speaks of another function (a copy that somebody
 * put together): then each attribute is asked. Source: pci_uevent() of drivers/pci/pci-driver.c, since Linux 2.6.
 */
export function identityInUevent(text: string | undefined, address: PciAddress): Identity | undefined {
  const found = UEVENT.exec(text ?? '');
  if (found === null || found[6] !== formatPciAddress(address)) return undefined;
  const [pciClass = 0, vendor = 0, device = 0, subsystemVendor = 0, subsystemDevice = 0] = found.slice(1, 6).map((digits) => Number.parseInt(digits, 16));
  return { pciClass, vendor, device, subsystemVendor, subsystemDevice, modalias: found[7] };
}

const UEVENT =
  /^PCI_CLASS=([\dA-F]{4,6})\nPCI_ID=([\dA-F]{4}):([\dA-F]{4})\nPCI_SUBSYS_ID=([\dA-F]{4}):([\dA-F]{4})\nPCI_SLOT_NAME=(\S+)\nMODALIAS=(pci:\w+)$/m;

/** What the attributes say. */
export async function readIdentity(port: HostReader, at: string, names: ReadonlySet<string>): Promise<Identity> {
  const texts = await port.attributes(
    at,
    IDENTITY.filter((name) => names.has(name)),
  );
  const number = (name: (typeof IDENTITY)[number]): number | undefined => parseAttribute(texts.get(name));
  return {
    vendor: number('vendor'),
    device: number('device'),
    pciClass: number('class'),
    subsystemVendor: number('subsystem_vendor'),
    subsystemDevice: number('subsystem_device'),
    modalias: texts.get('modalias'),
  };
}
