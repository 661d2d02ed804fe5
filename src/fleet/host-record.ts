/** What a host tells its fleet: read in one pass, as the commands read it. */
import { formatVersion } from '../addressing/libvirt/version.ts';
import { readGuests } from '../app/guests/list-guests.ts';
import type { AppContext } from '../app/context.ts';
import { viewHost, viewing } from '../app/host-view.ts';
import { checkReadiness } from '../app/readiness.ts';
import { hostArchitecture } from '../app/place-options.ts';
import { HostdevError } from '../errors.ts';
import type { LibvirtLink } from '../guest/libvirt/link.ts';
import { bootId } from '../host/boot-id.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import { readMemoryTotal } from '../host/memory.ts';
import { readShownFacts } from '../host/shown-facts.ts';
import { formatPciAddress } from '../pci/address.ts';
import { formatFingerprint } from '../state/fingerprint.ts';
import type { Judgment } from '../state/judge.ts';
import { isBridge } from '../state/node-device.ts';
import { physicalNetworkOf, type PhysicalNetworks } from '../state/physical-networks.ts';
import { readMachineId, readMachineSerial } from './machine-identity.ts';
import { guestIds } from './model/guest-ids.ts';
import { publishedFunctions, type ToldFacts } from './model/published-functions.ts';
import type { HostRecord } from './model/records.ts';

/** All of a record but which publication of it this is. */
export type ToldHost = Omit<HostRecord, 'sequence' | 'at'>;

export interface TellingHost {
  readonly context: AppContext;
  /** Its name in the fleet. */
  readonly host: string;
  /** Of hostdev. */
  readonly version: string;
  /** undefined where libvirt does not answer. */
  readonly link: LibvirtLink | undefined;
  /** Networks that somebody has said interfaces of this host to be on. */
  readonly networks?: PhysicalNetworks | undefined;
}

/** @throws {HostdevError} `fleet-no-machine-id`, `no-pci`. */
export async function readHostRecord({ context: given, host, version, link, networks = new Map() }: TellingHost): Promise<ToldHost> {
  const context = viewing(given);
  const { port } = context;
  const { judgments } = await viewHost(context);
  const identity = { host, serial: await readMachineSerial(port) };
  const readiness = await checkReadiness(context);
  return {
    ...{ version: 1, host, uuid: await readMachineId(port), bootId: await bootId(port), hostdev: version, architecture: hostArchitecture() },
    ...(await versionsOf(link)),
    memoryKib: (await readMemoryTotal(port)) ?? null,
    problems: readiness.filter(({ state }) => state === 'missing').map(({ what, found }) => `${what}: ${found}`),
    functions: publishedFunctions(judgments, identity, await readToldFacts(context, judgments, networks)),
    ...(judgments.some(({ device }) => device.zpci !== undefined) ? await guestIdsOf(link) : {}),
  };
}

async function versionsOf(link: LibvirtLink | undefined): Promise<Pick<HostRecord, 'libvirt' | 'qemu'>> {
  try {
    const found = await (await link?.get())?.versions();
    if (found === undefined) return { libvirt: null, qemu: null };
    return { libvirt: formatVersion(found.libvirt), qemu: found.type === 'QEMU' ? formatVersion(found.hypervisor) : null };
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return { libvirt: null, qemu: null };
  }
}

/** What was told before stays where libvirt does not answer: its guests have their ids all the same. */
async function guestIdsOf(link: LibvirtLink | undefined): Promise<Pick<HostRecord, 'guestIds'>> {
  if (link === undefined || !link.isLocal) return {};
  try {
    const libvirt = await link.get();
    const guests = await readGuests(libvirt, await libvirt.listDomains());
    return { guestIds: guestIds(guests.flatMap(({ guest: { live, config } }) => [live, config].filter((xml) => xml !== undefined))) };
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return {};
  }
}

async function readToldFacts({ port }: AppContext, judgments: readonly Judgment[], networks: PhysicalNetworks): Promise<ReadonlyMap<string, ToldFacts>> {
  const told = new Map<string, ToldFacts>();
  const devices = judgments.map(({ device }) => device);
  for (const { device } of judgments.filter((judgment) => !isBridge(judgment.device))) {
    const fingerprint = await readFingerprint(port, device.address);
    // It has gone since it was judged.
    if (fingerprint === undefined) continue;
    const { numaNode = null } = await readShownFacts(port, device.address);
    told.set(formatPciAddress(device.address), {
      fingerprint: formatFingerprint(fingerprint),
      numaNode,
      physicalNetwork: physicalNetworkOf(device, devices, networks) ?? null,
    });
  }
  return told;
}
