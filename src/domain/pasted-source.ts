/** The host's function in what somebody pasted: an address in any notation, or an element of libvirt's, of which only the source counts. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { parseXml } from '../xml/parse.ts';
import { attribute, childElement, childElements, textOf } from '../xml/read.ts';
import type { XmlDocument, XmlElement } from '../xml/tree.ts';
import { enclose } from '../xml/write.ts';

/** Elements whose own `<address>` is a place in the guest. */
const GUEST_DEVICES: ReadonlySet<string> = new Set(['hostdev', 'interface', 'disk', 'controller', 'video', 'sound', 'rng', 'memballoon', 'input', 'watchdog']);

/**
 * Reads the host's function. A pasted `<hostdev>`, `<interface>` or `<source>` means its source, never the `<address>` beside it,
 * which is a place in the guest; virsh's `nodedev-dumpxml` means the device it describes.
 *
 * @throws {HostdevError} as {@link parsePciAddress}; `address-ambiguous` for more than one source.
 * @example
 * ```ts
 * import { formatPciAddress, parseSource } from 'hostdev';
 * const pasted = "<source><address bus='0x15' slot='0'/></source><address type='pci' bus='0x21' slot='0'/>";
 * console.log(formatPciAddress(parseSource(pasted))); // → 0000:15:00.0
 * ```
 */
export function parseSource(text: string): PciAddress {
  if (!text.trimStart().startsWith('<')) return parsePciAddress(text);
  const document = parsePasted(text);
  // Beside what stands between elements, an address of another notation counts as well.
  if (textOf(document, document.root).trim() !== '') return parsePciAddress(text);
  const nodeDevice = childElement(document.root, 'device');
  const name = nodeDevice === undefined ? undefined : childElement(nodeDevice, 'name');
  if (name !== undefined) return parsePciAddress(textOf(document, name));
  return onlyAddress(document, text);
}

function onlyAddress(document: XmlDocument, text: string): PciAddress {
  const all = descendants(document.root).filter((element) => element.name === 'address');
  const sources = all.filter((element) => element.parent?.name === 'source');
  const meant = sources.length > 0 ? sources : all.filter((element) => !GUEST_DEVICES.has(element.parent?.name ?? ''));
  const found: PciAddress[] = [];
  for (const element of meant) {
    const address = addressOf(document, element);
    if (!found.some((each) => samePciAddress(each, address))) found.push(address);
  }
  const [first, second] = found;
  if (first === undefined) {
    throw new HostdevError('address-malformed', `'${shortened(text)}' does not say which function of the host it is`, {
      subject: shortened(text),
      hint: all.length > 0 ? 'its <address> is a place in the guest; paste its <source> as well' : 'paste a <source> with its <address>',
    });
  }
  if (second === undefined) {
    if (sources.length === 0) refusePlace(document, meant);
    return first;
  }
  throw new HostdevError('address-ambiguous', `'${shortened(text)}' names ${found.map(formatPciAddress).join(' and ')}`, {
    subject: shortened(text),
    hint: 'paste one element, or write the address that is meant',
  });
}

/** libvirt writes `type='pci'` where it tells a place in the guest, and into the source of an interface: by itself it could be either. */
function refusePlace({ root, source }: XmlDocument, [element]: readonly XmlElement[]): void {
  if (element === undefined || element.parent !== root || attribute(element, 'type') === undefined) return;
  const address = formatPciAddress(parsePciAddress(source.slice(element.start, element.contentStart)));
  throw new HostdevError('address-ambiguous', `an <address type='pci'> by itself may be a place in the guest`, {
    hint: `paste its <source>, or write ${address} if that is the function of the host`,
  });
}

/** The attributes as the public reader has them, so that both say the same of what cannot be read. */
function addressOf({ source }: XmlDocument, element: XmlElement): PciAddress {
  const type = attribute(element, 'type');
  if (type === undefined || type === 'pci') return parsePciAddress(source.slice(element.start, element.contentStart));
  throw new HostdevError('address-malformed', `an <address> of type '${type.slice(0, 20)}' is not a PCI address`, {
    hint: "paste the element of a PCI function, with type='pci'",
  });
}

/** What was cut somewhere may have lost its source, and would mean its place in the guest. */
function parsePasted(text: string): XmlDocument {
  try {
    return parseXml(enclose(['pasted'], text));
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    throw new HostdevError('address-malformed', `'${shortened(text)}' is not a whole element: ${error.message}`, {
      subject: shortened(text),
      hint: 'paste the element from its first < to its last >, or write the address',
      cause: error,
    });
  }
}

function descendants(element: XmlElement): XmlElement[] {
  return childElements(element).flatMap((child) => [child, ...descendants(child)]);
}

function shortened(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
