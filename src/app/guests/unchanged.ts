/** What a guest has already, or has no more, is no failure of attaching or detaching it: only the rest is changed. */
import { saysAllOf } from '../../domain/says-all-of.ts';
import type { HostdevSpec } from '../../domain/hostdev-xml.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';
import { readMonitor } from '../../guest/qmp/read-monitor.ts';
import { withQmp } from '../../guest/qmp/session.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import type { GuestPlan, GuestReport } from '../../plan/guest-plan.ts';
import { scopeParts } from '../../plan/guest-scope.ts';
import { type DeviceSelector, findDevice, formatSelector, type GuestState } from '../../state/guest-state.ts';
import type { AppContext } from '../context.ts';
import { refuseTwice } from '../find.ts';
import { attachToGuest } from './attach-to-guest.ts';
import { attachToMonitor } from './attach-to-monitor.ts';
import { detachFromGuest } from './detach-from-guest.ts';
import { detachFromMonitor, type MonitorDetachOptions } from './detach-from-monitor.ts';
import type { GuestChangeOptions } from './run-change.ts';

/** A report, and the functions that were as asked for before. */
export type ReportWithUnchanged = GuestReport & { readonly unchanged: readonly string[] };

/** Gives a guest of libvirt what it does not have; see {@link attachToGuest}. */
export async function attachMissing(
  context: AppContext,
  { link, word }: NamedGuest,
  specs: readonly HostdevSpec[],
  options: GuestChangeOptions,
): Promise<ReportWithUnchanged> {
  refuseTwice(specs.map(({ source }) => source));
  const guest = await openGuest(await link.get(options.signal), word);
  const isThere = (spec: HostdevSpec): boolean =>
    affected(guest, options).every((xml) => {
      const found = findDevice(xml, { source: spec.source });
      return found !== undefined && saysAllOf(found, spec);
    });
  const names = specs.filter(isThere).map(({ source }) => formatPciAddress(source));
  const missing = specs.filter((spec) => !isThere(spec));
  const change = (): Promise<GuestReport> => attachToGuest(context, link, { word, specs: missing }, options);
  return changeRest(missing, change, nothingToDo('attach', guest, options), names);
}

/** Takes from a guest of libvirt what it has; see {@link detachFromGuest}. */
export async function detachPresent(
  context: AppContext,
  { link, word }: NamedGuest,
  selectors: readonly DeviceSelector[],
  options: GuestChangeOptions,
): Promise<ReportWithUnchanged> {
  const guest = await openGuest(await link.get(options.signal), word);
  const isThere = (each: DeviceSelector): boolean => affected(guest, options).some((xml) => findDevice(xml, each) !== undefined);
  const present = selectors.filter(isThere);
  const names = selectors.filter((each) => !isThere(each)).map(formatSelector);
  const change = (): Promise<GuestReport> => detachFromGuest(context, link, { word, selectors: present }, options);
  return changeRest(present, change, nothingToDo('detach', guest, options), names);
}

/** The same with a monitor; see {@link attachToMonitor}. */
export async function attachMissingToMonitor(
  context: AppContext,
  socket: string,
  specs: readonly HostdevSpec[],
  options: GuestChangeOptions,
): Promise<ReportWithUnchanged> {
  refuseTwice(specs.map(({ source }) => source));
  const { hosts, nothing } = await lookAtMonitor('attach', socket, options);
  // What else was asked for cannot be read from a monitor.
  const isThere = ({ source, managed: _managed, ...more }: HostdevSpec): boolean =>
    hosts.some((host) => samePciAddress(host, source)) && Object.keys(more).length === 0;
  const names = specs.filter(isThere).map(({ source }) => formatPciAddress(source));
  const missing = specs.filter((spec) => !isThere(spec));
  return changeRest(missing, () => attachToMonitor(context, socket, missing, options), nothing, names);
}

/** The same with a monitor; see {@link detachFromMonitor}. */
export async function detachPresentFromMonitor(
  context: AppContext,
  socket: string,
  addresses: readonly PciAddress[],
  options: MonitorDetachOptions,
): Promise<ReportWithUnchanged> {
  refuseTwice(addresses);
  const { hosts, nothing } = await lookAtMonitor('detach', socket, options);
  const isThere = (address: PciAddress): boolean => hosts.some((host) => samePciAddress(host, address));
  const present = addresses.filter(isThere);
  const names = addresses.filter((address) => !isThere(address)).map(formatPciAddress);
  return changeRest(present, () => detachFromMonitor(context, socket, present, options), nothing, names);
}

/** A guest by the word that the user wrote. */
export interface NamedGuest {
  readonly link: LibvirtLink;
  readonly word: string;
}

/** XML of what of the guest is to be changed. */
function affected(guest: GuestState, { scope }: GuestChangeOptions): (string | undefined)[] {
  const parts = scopeParts(guest, scope);
  return [...(parts.live ? [guest.live] : []), ...(parts.config ? [guest.config] : [])];
}

async function lookAtMonitor(
  verb: GuestPlan['verb'],
  socket: string,
  options: GuestChangeOptions,
): Promise<{ readonly hosts: readonly PciAddress[]; readonly nothing: GuestReport }> {
  const { hostdevs, status } = await withQmp(socket, options.signal, (qmp) => readMonitor(qmp, socket));
  return { hosts: hostdevs.map(({ host }) => host), nothing: report(verb, { guest: `qmp:${socket}`, uuid: null, state: status }, options) };
}

function nothingToDo(verb: GuestPlan['verb'], { ref, state }: GuestState, options: GuestChangeOptions): GuestReport {
  return report(verb, { guest: ref.name, uuid: ref.uuid, state }, options);
}

function report(verb: GuestPlan['verb'], guest: Pick<GuestPlan, 'guest' | 'uuid' | 'state'>, { dryRun }: GuestChangeOptions): GuestReport {
  return { verb, ...guest, functions: [], steps: [], notes: [], versions: null, applied: !dryRun };
}

/** Where all is as asked for, nobody is asked and nothing is done. */
async function changeRest(
  rest: readonly unknown[],
  change: () => Promise<GuestReport>,
  nothing: GuestReport,
  unchanged: readonly string[],
): Promise<ReportWithUnchanged> {
  return { ...(rest.length === 0 && unchanged.length > 0 ? nothing : await change()), unchanged };
}
