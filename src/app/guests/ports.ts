/** `hostdev ports GUEST`: places where functions can be plugged in, and more of them. */
import { expandDomain } from '../../addressing/expand.ts';
import { type SpokenFor, spokenFor } from '../../addressing/libvirt/spoken-for.ts';
import { chooseVersions, type PlaceOptions } from '../../addressing/place.ts';
import { freeSlotsFor, guestTopology, isExpressTopology } from '../../addressing/topology.ts';
import { readDomain } from '../../domain/domain.ts';
import { HostdevError } from '../../errors.ts';
import { applySplices, insertChild } from '../../xml/edit.ts';
import { childElements } from '../../xml/read.ts';
import { element } from '../../xml/write.ts';
import type { AppContext } from '../context.ts';
import { guestQemu, hostArchitecture } from '../place-options.ts';
import { connectionVersions } from './connection-versions.ts';
import type { LibvirtLink } from '../../guest/libvirt/link.ts';
import { openGuest } from '../../guest/libvirt/read-guest.ts';

export interface PortsReport {
  readonly guest: string;
  readonly state: string;
  /** Free places of the guest that runs; null while it does not. */
  readonly live: number | null;
  /** Free places after its next start; null for a guest without definition. */
  readonly config: number | null;
  /** Of a guest with PCI Express, whose ports `live` and `config` count: the places that take conventional functions. Null where every place takes all. */
  readonly conventional: { readonly live: number | null; readonly config: number | null } | null;
  readonly added: number;
  /** Which libvirt and QEMU have the guest. */
  readonly versions: SpokenFor;
  /** Elements that were added, or would be. */
  readonly elements: readonly string[];
  readonly applied: boolean;
}

/** More than anybody has plugged into one guest. */
const MOST = 64;

/**
 * Counts the free places, and adds ports to the definition; they are there after the guest's next start.
 *
 * @throws {HostdevError} `guest-transient`, `option-conflict` where the guest needs no ports, ….
 */
export async function guestPorts(
  context: AppContext,
  link: LibvirtLink,
  word: string,
  { add, dryRun }: { readonly add: number; readonly dryRun: boolean },
): Promise<PortsReport> {
  const libvirt = await link.get();
  const { ref, state, live, config } = await openGuest(libvirt, word);
  const qemu = guestQemu(readDomain(live ?? config ?? ''));
  const options: PlaceOptions = { ...(await connectionVersions(link, qemu, context)), newDefinition: false, accepted: true, defaultArch: hostArchitecture() };
  const report = {
    guest: ref.name,
    state,
    live: live === undefined ? null : freePlaces(live, EXPRESS, options),
    config: config === undefined ? null : freePlaces(config, EXPRESS, options),
    conventional: hasPorts(live ?? config, options) ? { live: freeOrNull(live, options), config: freeOrNull(config, options) } : null,
    versions: spokenFor(chooseVersions(qemu.arch, options)),
    added: 0,
    elements: [],
    applied: false,
  };
  if (add === 0) return report;
  if (config === undefined) throw new HostdevError('guest-transient', `${ref.name} has no definition that ports could be added to`, { subject: ref.name });
  // With everything that must not get lost: passwords of consoles are left out otherwise.
  const whole = await libvirt.domainXml(ref, { inactive: true, secure: true });
  const { xml, elements } = withPorts(whole, add, options);
  if (!dryRun) {
    // A definition is replaced as a whole: what somebody else has written meanwhile must not get lost.
    if ((await libvirt.domainXml(ref, { inactive: true, secure: true })) !== whole) {
      throw new HostdevError('guest-changed', `${ref.name} was changed by somebody else meanwhile; nothing was written`, {
        subject: ref.name,
        hint: 'run the command again',
      });
    }
    await libvirt.defineDomain(xml);
  }
  return { ...report, added: add, elements, applied: !dryRun, config: dryRun ? report.config : freePlaces(xml, EXPRESS, options) };
}

type Kind = Parameters<typeof freeSlotsFor>[1];
const EXPRESS: Kind = { express: true };
const CONVENTIONAL: Kind = { express: false };

/** Places with hot-plug that nothing is plugged into, and that take such a function. */
function freePlaces(xml: string, kind: Kind, options: PlaceOptions): number {
  const result = guestTopology(xml, options);
  return result.ok ? freeSlotsFor(result.topology, kind) : 0;
}

function freeOrNull(xml: string | undefined, options: PlaceOptions): number | null {
  return xml === undefined ? null : freePlaces(xml, CONVENTIONAL, options);
}

function hasPorts(xml: string | undefined, options: PlaceOptions): boolean {
  const result = xml === undefined ? undefined : guestTopology(xml, options);
  return result?.ok === true && isExpressTopology(result.topology);
}

/** A definition with so many root ports more. */
function withPorts(xml: string, add: number, options: PlaceOptions): { readonly xml: string; readonly elements: readonly string[] } {
  if (!Number.isInteger(add) || add < 1 || add > MOST) {
    throw new HostdevError('usage', `--add is a number of ports from 1 to ${MOST}, not '${add}'`, { hint: 'two are enough for most' });
  }
  const topology = guestTopology(xml, options);
  if (!topology.ok) throw HostdevError.from(topology.problems[0] ?? { code: 'guest-no-pci', severity: 'error', message: 'the guest has no PCI' });
  if (!isExpressTopology(topology.topology)) {
    throw new HostdevError('option-conflict', 'this guest has conventional PCI, whose slots take devices while it runs: it needs no ports', {
      hint: `it has ${topology.topology.freeHotplugSlots} free slots`,
    });
  }
  const domain = readDomain(xml);
  if (domain.devices === undefined) throw new HostdevError('domain-malformed', 'the definition has no <devices>', { hint: 'is it a libvirt domain?' });
  const elements = Array.from({ length: add }, () => element('controller', { type: 'pci', model: 'pcie-root-port' })).flat();
  const after = childElements(domain.devices, 'controller').at(-1);
  const changed = applySplices(domain.document.source, [insertChild(domain.document, domain.devices, elements, after)]);
  const expanded = expandDomain(changed, options);
  if (!expanded.ok)
    throw HostdevError.from(expanded.problems[0] ?? { code: 'guest-address-none-left', severity: 'error', message: 'there is no room for more ports' });
  return { xml: changed, elements };
}
