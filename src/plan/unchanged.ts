/** What a guest has already, or has no more: no failure of attaching or detaching it. Only the rest is changed. */
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { saysAllOf } from '../domain/says-all-of.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../pci/address.ts';
import { type DeviceSelector, findDevice, formatSelector, type GuestParts, type GuestState } from '../state/guest-state.ts';
import type { MonitorState } from '../state/monitor-state.ts';

/** What has to be done for what was asked for. */
export interface Rest<T> {
  readonly rest: readonly T[];
  /** Names of what is as asked for already. */
  readonly unchanged: readonly string[];
}

/** The functions that one of these parts of a guest lacks, or has otherwise than asked for. */
export function missingIn(guest: GuestState, parts: GuestParts, specs: readonly HostdevSpec[]): Rest<HostdevSpec> {
  const isThere = (spec: HostdevSpec): boolean =>
    textsOf(guest, parts).every((xml) => {
      const found = findDevice(xml, { source: spec.source });
      return found !== undefined && saysAllOf(found, spec);
    });
  return divide(specs, isThere, nameOf);
}

/** The functions that one of these parts of a guest has otherwise than asked for: they have to go before they come as asked for. */
export function otherwiseIn(guest: GuestState, parts: GuestParts, specs: readonly HostdevSpec[]): readonly HostdevSpec[] {
  return specs.filter((spec) =>
    textsOf(guest, parts).some((xml) => {
      const found = findDevice(xml, { source: spec.source });
      return found !== undefined && !saysAllOf(found, spec);
    }),
  );
}

/** The devices that one of these parts of a guest has. */
export function presentIn(guest: GuestState, parts: GuestParts, selectors: readonly DeviceSelector[]): Rest<DeviceSelector> {
  return divide(selectors, (each) => !textsOf(guest, parts).some((xml) => findDevice(xml, each) !== undefined), formatSelector);
}

/** The functions that a QEMU lacks; what else was asked for cannot be read from its monitor. */
export function missingInMonitor({ hostdevs }: MonitorState, specs: readonly HostdevSpec[]): Rest<HostdevSpec> {
  const isThere = ({ source, managed: _managed, ...more }: HostdevSpec): boolean =>
    hostdevs.some(({ host }) => samePciAddress(host, source)) && Object.keys(more).length === 0;
  return divide(specs, isThere, nameOf);
}

/** The functions that a QEMU has. */
export function presentInMonitor({ hostdevs }: MonitorState, addresses: readonly PciAddress[]): Rest<PciAddress> {
  return divide(addresses, (address) => !hostdevs.some(({ host }) => samePciAddress(host, address)), formatPciAddress);
}

function divide<T>(all: readonly T[], isUnchanged: (each: T) => boolean, name: (each: T) => string): Rest<T> {
  return { rest: all.filter((each) => !isUnchanged(each)), unchanged: all.filter(isUnchanged).map(name) };
}

function nameOf({ source }: HostdevSpec): string {
  return formatPciAddress(source);
}

/** XML of what of the guest is to be changed. */
function textsOf({ live, config }: GuestState, parts: GuestParts): (string | undefined)[] {
  return [...(parts.live ? [live] : []), ...(parts.config ? [config] : [])];
}
