/** A guest of the fake libvirt: its definition, what runs of it, and how it behaves when a device is to go. */
import { randomUUID } from 'node:crypto';
import type { HostFacts } from '../../addressing/host-facts.ts';
import type { PlaceOptions } from '../../addressing/place.ts';
import { assignHotplug } from '../../addressing/hotplug.ts';
import { expandDomain } from '../../addressing/expand.ts';
import { type Domain, readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { applySplices, insertChild, insertFirstChild, removeNode } from '../../xml/edit.ts';
import { attribute, childElement, textOf } from '../../xml/read.ts';
import { parseXml } from '../../xml/parse.ts';
import { Refusal } from './server.ts';

export interface FakeGuest {
  readonly name: string;
  readonly uuid: string;
  /** -1 while it does not run. */
  id: number;
  /** undefined for a guest that is gone when it ends. */
  config: string | undefined;
  /** undefined while it does not run. */
  live: string | undefined;
  paused: boolean;
  autostart: boolean;
  /** What it does when a device is to go: lets go, says no, or does not even notice. */
  onDetach: 'release' | 'refuse' | 'ignore';
  /** Requests to let a device go, so far. */
  asked: number;
  /** Words with which attachments fail; only those of devices whose XML has `of`, where that is given. */
  failAttach: { live?: string; config?: string; of?: string };
  /** What libvirt does on the host for a device that a guest is to get. It is done before libvirt answers, whatever the answer is. */
  readies?: (device: string) => Promise<void>;
}

const DEVICE_MISSING = 99;
const INTERNAL = 1;
const XML_ERROR = 27;

/** The definition as libvirt stores it: with a uuid, devices and addresses. */
export function complete(xml: string, host?: HostFacts): { readonly name: string; readonly uuid: string; readonly xml: string } {
  let domain: Domain;
  try {
    domain = readDomain(xml);
  } catch (error) {
    throw new Refusal(XML_ERROR, `XML error: ${(error as Error).message}`);
  }
  const { document } = domain;
  const { name } = domain;
  if (name === undefined || name === '') throw new Refusal(XML_ERROR, 'XML error: name is missing');
  const uuidElement = childElement(document.root, 'uuid');
  const uuid = uuidElement === undefined ? randomUUID() : textOf(document, uuidElement).trim();
  const splices = [
    ...(uuidElement === undefined ? [insertFirstChild(document, document.root, [`<uuid>${uuid}</uuid>`])] : []),
    ...(domain.devices === undefined ? [insertChild(document, document.root, ['<devices>', '</devices>'])] : []),
  ];
  return { name, uuid, xml: withAddresses(applySplices(document.source, splices), host) };
}

function withAddresses(xml: string, host: HostFacts | undefined): string {
  // Where there is no machine there is no PCI: definitions for other drivers.
  if (readDomain(xml).machine === undefined) return xml;
  const expanded = expandDomain(xml, placing(host));
  if (expanded.ok) return expanded.xml;
  throw new Refusal(67, `unsupported configuration: ${expanded.problems[0]?.message ?? ''}`);
}

/** As the libvirt that it says it is. */
function placing(host: HostFacts | undefined): PlaceOptions {
  return { libvirt: '11.3', newDefinition: false, ...(host === undefined ? {} : { host }) };
}

/** The XML with a device more. A guest that runs gives it an alias and never gets another bus. */
export function withDevice(
  xml: string,
  device: string,
  { live, host }: { readonly live: boolean; readonly host: HostFacts | undefined },
): { readonly xml: string; readonly alias: string } {
  const element = live ? fromPool(parseDevice(device)) : parseDevice(device);
  const domain = readDomain(xml);
  const source = sourceOf(element);
  if (source !== undefined && readHostdevs(domain).some((hostdev) => nameOf(hostdev) === source)) {
    throw new Refusal(9, `operation failed: PCI device ${source} is already in the domain configuration`);
  }
  const alias = `hostdev${freeNumber(xml)}`;
  let text = element;
  if (live) {
    const place = assignHotplug(xml, element, placing(host));
    if (!place.ok) throw new Refusal(INTERNAL, `internal error: ${place.problems[0]?.message ?? ''}`);
    text = element.replace(/<\/(hostdev|interface)>\s*$/, `<alias name='${alias}'/></$1>`);
  }
  const { document, devices } = domain;
  if (devices === undefined) throw new Refusal(INTERNAL, 'no devices');
  return { xml: withAddresses(applySplices(document.source, [insertChild(document, devices, text.split('\n'))]), host), alias };
}

let handedOut = 0;

/** In a guest that runs, a function from a pool is shown as what it is, without a word of the network. */
function fromPool(element: string): string {
  if (!/^<interface type=['"]network['"]/.test(element)) return element;
  handedOut += 1;
  const source = `<source><address type='pci' domain='0x00fe' bus='0x00' slot='0x${(handedOut >> 3).toString(16)}' function='0x${handedOut & 7}'/></source>`;
  return element.replace(/type=['"]network['"]/, "type='hostdev' managed='yes'").replace(/<source network=[^>]*\/>/, source);
}

function freeNumber(xml: string): number {
  for (let n = 0; ; n += 1) if (!xml.includes(`<alias name='hostdev${n}'/>`)) return n;
}

function parseDevice(device: string): string {
  try {
    const { root, source } = parseXml(device);
    if (root.name === 'hostdev' || root.name === 'interface') return source.slice(root.start, root.end);
    throw new Error(`unknown device type '${root.name}'`);
  } catch (error) {
    throw new Refusal(XML_ERROR, `XML error: ${(error as Error).message}`);
  }
}

function sourceOf(element: string): string | undefined {
  const [hostdev] = readHostdevs(readDomain(`<domain><devices>${element}</devices></domain>`), 'with pools');
  return hostdev === undefined ? undefined : nameOf(hostdev);
}

/** The function; where a network will choose it, the MAC address there. */
function nameOf({ source, mac, element }: Hostdev): string | undefined {
  return source === undefined ? `${mac} of ${attribute(childElement(element, 'source'), 'network')}` : formatPciAddress(source);
}

/** The device of the XML that an element or an alias means. */
export function findDevice(xml: string, which: { readonly device: string } | { readonly alias: string }): Hostdev {
  const hostdevs = readHostdevs(readDomain(xml), 'with pools');
  const source = 'device' in which ? sourceOf(parseDevice(which.device)) : undefined;
  const found = hostdevs.find((hostdev) => ('alias' in which ? hostdev.alias === which.alias : nameOf(hostdev) === source));
  if (found !== undefined) return found;
  if ('alias' in which) throw new Refusal(INTERNAL, `internal error: no device found with alias ${which.alias}`, 20);
  throw new Refusal(DEVICE_MISSING, `device not found: host pci device ${source} not found`);
}

/** The XML without the device. */
export function withoutDevice(xml: string, which: { readonly device: string } | { readonly alias: string }): string {
  const { element } = findDevice(xml, which);
  const { document } = readDomain(xml);
  return applySplices(document.source, [removeNode(document, element)]);
}
