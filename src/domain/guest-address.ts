/** `<address>` of a guest device: where it sits in the guest, or that it has to be placed. */
import { HostdevError } from '../errors.ts';
import { PCI_ADDRESS_MAX, type PciAddress } from '../pci/address.ts';
import { parseNumber } from '../pci/number.ts';
import type { ZpciIds } from '../pci/zpci.ts';
import { locationIn } from '../xml/position.ts';
import { attribute, childElement } from '../xml/read.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { Domain } from './domain.ts';

/**
 * The address as the definition has it. `pci` is there for type `pci` only, with missing numbers as 0;
 * an all-zero address means "to be placed on PCI", as libvirt reads it.
 */
export interface GuestAddress {
  readonly element: XmlElement;
  readonly type: string;
  readonly pci: PciAddress | undefined;
  readonly multifunction: 'on' | 'off' | undefined;
  readonly zpci: ZpciIds;
  readonly zpciElement: XmlElement | undefined;
}

/** Where an element is, for errors. */
type Place = Pick<Domain, 'document' | 'file'>;

const PARTS = ['domain', 'bus', 'slot', 'function'] as const;

/**
 * Reads a device's `<address>`; undefined when it has none.
 *
 * @throws {HostdevError} `guest-address-invalid`, `number-malformed` or `domain-malformed`, with the position.
 */
export function readGuestAddress(domain: Domain, device: XmlElement): GuestAddress | undefined {
  const element = childElement(device, 'address');
  if (element === undefined) return undefined;
  const type = attribute(element, 'type');
  if (type === undefined) {
    throw new HostdevError('domain-malformed', `the <address> of <${device.name}> has no type`, {
      location: locationIn(domain.document, element.start, domain.file),
      hint: "write type='pci' (or ccw, drive, …)",
    });
  }
  if (type !== 'pci') {
    return { element, type, pci: undefined, multifunction: undefined, zpci: {}, zpciElement: undefined };
  }
  const pci = readPciAttributes(domain, element);
  checkGuestRange(domain, element, pci);
  const zpciElement = childElement(element, 'zpci');
  const [uid, fid] = (['uid', 'fid'] as const).map((name) => numberOf(domain, zpciElement, name));
  const flag = attribute(element, 'multifunction');
  return {
    element,
    type,
    pci,
    multifunction: flag === 'on' || flag === 'off' ? flag : undefined,
    zpci: { ...(uid === undefined ? {} : { uid }), ...(fid === undefined ? {} : { fid }) },
    zpciElement,
  };
}

/**
 * The host's address in a `<source>`, with its ranges checked.
 *
 * @throws {HostdevError} `source-invalid` with the position.
 */
export function readSourceAddress(domain: Place, element: XmlElement): PciAddress {
  const address = readPciAttributes(domain, element);
  for (const part of PARTS) {
    if (address[part] <= PCI_ADDRESS_MAX[part]) continue;
    const at = element.attributes.find((a) => a.name === part);
    throw new HostdevError('source-invalid', `${part} ${at?.value ?? address[part]} of the host address is above 0x${PCI_ADDRESS_MAX[part].toString(16)}`, {
      subject: at?.value,
      location: locationIn(domain.document, at?.valueStart ?? element.start, domain.file),
      hint: "write the address that lspci -D shows, for example domain='0x0002' bus='0x00' slot='0x00' function='0x0'",
    });
  }
  return address;
}

/** The four numbers of a PCI `<address>`, missing ones 0, ranges unchecked. */
function readPciAttributes(domain: Place, element: XmlElement): PciAddress {
  const [d, bus, slot, fn] = PARTS.map((part) => numberOf(domain, element, part) ?? 0);
  return { domain: d ?? 0, bus: bus ?? 0, slot: slot ?? 0, function: fn ?? 0 };
}

/** A numeric attribute; undefined when missing. */
export function numberOf(domain: Place, element: XmlElement | undefined, name: string): number | undefined {
  const text = attribute(element, name);
  if (element === undefined || text === undefined) return undefined;
  const value = parseNumber(text);
  if (value !== undefined && value <= 0xffff_ffff) return value;
  const at = element.attributes.find((a) => a.name === name);
  throw new HostdevError('number-malformed', `${name}='${text}' of <${element.name}> is not a number from 0 to 0xffffffff`, {
    subject: text,
    location: locationIn(domain.document, at?.valueStart ?? element.start, domain.file),
    hint: 'write decimal (31), hexadecimal (0x1f) or octal (037)',
  });
}

/** libvirt checks ranges only on an address that is not all zero, and leaves the domain to a later stage. */
function checkGuestRange(domain: Domain, element: XmlElement, pci: PciAddress): void {
  if (pci.domain === 0 && pci.bus === 0 && pci.slot === 0) return;
  for (const [part, max] of [
    ['bus', 0xff],
    ['slot', 0x1f],
    ['function', 7],
  ] as const) {
    if (pci[part] <= max) continue;
    const at = element.attributes.find((a) => a.name === part);
    throw new HostdevError('guest-address-invalid', `${part} ${at?.value ?? pci[part]} of the guest address is above 0x${max.toString(16)}`, {
      subject: at?.value,
      location: locationIn(domain.document, at?.valueStart ?? element.start, domain.file),
      hint: `choose a ${part} from 0 to 0x${max.toString(16)}, or leave the <address> out to have one generated`,
    });
  }
}
