/** A guest as a change finds it: what runs of it, its definition, and which of its devices are meant. */
import { readDomain } from '../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../domain/hostdev.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { attribute, childElement } from '../xml/read.ts';
import { guestDevices } from './guest-devices.ts';

/** A guest of libvirt, read. */
export interface GuestState {
  readonly ref: { readonly name: string; readonly uuid: string; readonly id: number };
  /** `running`, `paused`, `shut off`, …. */
  readonly state: string;
  /** XML of the guest that runs. */
  readonly live: string | undefined;
  /** XML of the definition that is kept. */
  readonly config: string | undefined;
}

/** The two parts of a guest: what runs, and what is defined. */
export interface GuestParts {
  readonly live: boolean;
  readonly config: boolean;
}

/**
 * Which device of a guest is meant: by its function, or by the MAC address of an interface from one of these pools. The partner of a teaming
 * pair has the same address, and is not meant.
 */
export type DeviceSelector = { readonly source: PciAddress } | { readonly mac: string; readonly pools: readonly string[] };

/** `0007:00:00.0`, or the MAC address. */
export function formatSelector(selector: DeviceSelector): string {
  return 'source' in selector ? formatPciAddress(selector.source) : selector.mac;
}

/** The device of a guest's XML. */
export function findDevice(xml: string | undefined, selector: DeviceSelector): Hostdev | undefined {
  if (xml === undefined) return undefined;
  const devices = guestDevices(xml);
  if ('source' in selector) return devices.bySource(selector.source);
  return devices.all.find((hostdev) => {
    if (hostdev.form !== 'interface' || hostdev.mac?.toLowerCase() !== selector.mac.toLowerCase()) return false;
    // A guest that runs has the function without a word of the pool.
    return hostdev.source !== undefined || selector.pools.includes(attribute(childElement(hostdev.element, 'source'), 'network') ?? '');
  });
}

/** Whether an interface of a guest that runs is there by a pool that the definition names: the next time another function comes. */
export function isFromPool(config: string | undefined, { form, mac }: Pick<Hostdev, 'form' | 'mac'>): boolean {
  return config !== undefined && form === 'interface' && mac !== undefined && guestDevices(config).hasPooled(mac.toLowerCase());
}

/** The device's element, byte for byte. */
export function deviceText(xml: string | undefined, selector: DeviceSelector): string | undefined {
  const element = findDevice(xml, selector)?.element;
  return element === undefined ? undefined : xml?.slice(element.start, element.end);
}

/** Whether what runs and the definition have a device: facts of the journal. */
export type DevicePresence = { readonly live: 'yes' | 'no'; readonly config: 'yes' | 'no' };

/** Where a guest has a device. */
export function devicePresence({ live, config }: Pick<GuestState, 'live' | 'config'>, selector: DeviceSelector): DevicePresence {
  const has = (xml: string | undefined): 'yes' | 'no' => (findDevice(xml, selector) === undefined ? 'no' : 'yes');
  return { live: has(live), config: has(config) };
}

/** Memory and the like change by themselves while a guest runs; its devices do not. */
export function sameDevices(a: string | undefined, b: string | undefined): boolean {
  const devices = (xml: string | undefined): string | undefined => xml?.slice(xml.indexOf('<devices>'), xml.lastIndexOf('</devices>'));
  return devices(a) === devices(b);
}

/** Functions of the host that a guest's XML gives it. */
export function sourcesIn(xml: string | undefined): PciAddress[] {
  return xml === undefined ? [] : readHostdevs(readDomain(xml)).flatMap(({ source }) => source ?? []);
}
