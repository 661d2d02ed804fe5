/** Putting host devices into a definition and taking them out: lines are inserted or removed, none is changed. */
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { applySplices, insertChild, insertFirstChild, removeNode } from '../xml/edit.ts';
import { locationIn } from '../xml/position.ts';
import { childElements } from '../xml/read.ts';
import type { XmlElement } from '../xml/tree.ts';
import { element } from '../xml/write.ts';
import type { Domain } from './domain.ts';
import { type Hostdev, readHostdevs } from './hostdev.ts';
import { formatHostdev, type HostdevSpec } from './hostdev-xml.ts';
import { shellWord } from '../shell-word.ts';

/** Elements that libvirt writes behind the host devices. */
const BEHIND = new Set([
  'redirdev',
  'redirfilter',
  'hub',
  'watchdog',
  'memballoon',
  'rng',
  'nvram',
  'panic',
  'shmem',
  'memory',
  'iommu',
  'vsock',
  'crypto',
  'pstore',
]);

/**
 * The definition with the elements added, each where libvirt would write it.
 *
 * @throws {HostdevError} `hostdev-present` when the guest has one of the functions already.
 * @example
 * ```ts
 * import { addHostdevs, parsePciAddress, readDomain, readHostdevs } from 'hostdev';
 * const guest = readDomain("<domain type='kvm'><devices/></domain>");
 * const source = parsePciAddress('02:00.0');
 * const after = addHostdevs(guest, [{ source }]);
 * console.log(readHostdevs(readDomain(after)).length); // → 1
 * ```
 */
export function addHostdevs(domain: Domain, specs: readonly HostdevSpec[]): string {
  for (const spec of specs) refusePresent(domain, spec.source);
  const { document, devices } = domain;
  const interfaces = specs.filter((spec) => spec.interface !== undefined).flatMap(formatHostdev);
  const hostdevs = specs.filter((spec) => spec.interface === undefined).flatMap(formatHostdev);
  if (devices === undefined) {
    return applySplices(document.source, [insertChild(document, document.root, element('devices', {}, [...interfaces, ...hostdevs]))]);
  }
  const splices = [];
  if (interfaces.length > 0) splices.push(insertAfterLast(domain, devices, 'interface', interfaces));
  if (hostdevs.length > 0) splices.push(insertAfterLast(domain, devices, 'hostdev', hostdevs));
  return applySplices(document.source, splices);
}

/** The definition with the element of a device, each line of it, where libvirt would write it. */
export function addDevice(domain: Domain, element: readonly string[]): string {
  const { document, devices } = domain;
  const name = /^<(\w+)/.exec(element[0] ?? '')?.[1] ?? '';
  if (devices !== undefined) return applySplices(document.source, [insertAfterLast(domain, devices, name, element)]);
  return applySplices(document.source, [insertChild(document, document.root, ['<devices>', ...element.map((line) => `  ${line}`), '</devices>'])]);
}

function insertAfterLast({ document }: Domain, devices: XmlElement, name: string, lines: readonly string[]): ReturnType<typeof insertChild> {
  const children = childElements(devices);
  const previous = children.findLast((child) => child.name === name) ?? children.findLast((child) => !BEHIND.has(child.name));
  if (previous === undefined && children.length > 0) return insertFirstChild(document, devices, lines);
  return insertChild(document, devices, lines, previous);
}

function refusePresent(domain: Domain, source: PciAddress): void {
  const present = findHostdev(domain, source);
  if (present === undefined) return;
  throw new HostdevError('hostdev-present', `the guest already has ${formatPciAddress(source)}`, {
    subject: formatPciAddress(source),
    location: locationIn(domain.document, present.element.start, domain.file),
    hint: `to change how it is attached, detach it first: hostdev detach ${shellWord(domain.file ?? domain.name ?? 'GUEST')} ${formatPciAddress(source)}`,
  });
}

/**
 * The element that gives a guest this host function.
 *
 * @example
 * ```ts
 * import { addHostdevs, findHostdev, parsePciAddress, readDomain } from 'hostdev';
 * const guest = readDomain("<domain type='kvm'><devices/></domain>");
 * const source = parsePciAddress('02:00.0');
 * console.log(findHostdev(guest, source)); // → undefined
 * console.log(findHostdev(readDomain(addHostdevs(guest, [{ source }])), source)?.managed); // → true
 * ```
 */
export function findHostdev(domain: Domain, source: PciAddress): Hostdev | undefined {
  return readHostdevs(domain).find((hostdev) => hostdev.source !== undefined && samePciAddress(hostdev.source, source));
}

/**
 * The definition without the elements for these functions.
 *
 * @throws {HostdevError} `hostdev-absent` when the guest does not have one of them.
 * @example
 * ```ts
 * import { addHostdevs, parsePciAddress, readDomain, readHostdevs, removeHostdevs } from 'hostdev';
 * const guest = readDomain("<domain type='kvm'><devices/></domain>");
 * const source = parsePciAddress('02:00.0');
 * const after = removeHostdevs(readDomain(addHostdevs(guest, [{ source }])), [source]);
 * console.log(readHostdevs(readDomain(after)).length); // → 0
 * ```
 */
export function removeHostdevs(domain: Domain, sources: readonly PciAddress[]): string {
  const splices = sources.map((source) => {
    const present = findHostdev(domain, source);
    if (present !== undefined) return removeNode(domain.document, present.element);
    const has = readHostdevs(domain).flatMap((hostdev) => (hostdev.source === undefined ? [] : [formatPciAddress(hostdev.source)]));
    throw new HostdevError('hostdev-absent', `the guest does not have ${formatPciAddress(source)}`, {
      subject: formatPciAddress(source),
      hint: has.length === 0 ? 'it has no PCI function of the host' : `it has ${has.join(', ')}`,
    });
  });
  return applySplices(domain.document.source, splices);
}
