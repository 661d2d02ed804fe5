/** Whether a host's machine, libvirt and QEMU can run a definition: what does not depend on which functions it has. */
import { presetCapabilities } from '../../addressing/capabilities/presets.ts';
import { expandDomain, type Expansion } from '../../addressing/expand.ts';
import { meantBy } from '../../addressing/meant.ts';
import type { PlaceOptions } from '../../addressing/place.ts';
import type { Domain } from '../../domain/domain.ts';
import { memoryKib } from '../../domain/memory.ts';
import { HostdevError, type Problem } from '../../errors.ts';
import { wordTable } from '../../word-table.ts';
import type { HostRecord } from '../model/records.ts';
import { unfit } from './candidates.ts';

/** Architectures whose guests KVM runs on a host of another one. Source: the kernel's KVM for x86, 32-bit guests of arm64, and POWER, whose guests choose their byte order. */
const ALSO_RUNS = wordTable<readonly string[]>({ x86_64: ['i686'], aarch64: ['armv7l', 'armv6l'], ppc64le: ['ppc64'], ppc64: ['ppc64le'] });

/** `functions`: how many of the host the guest has; with one of them all of its memory is locked. */
export function machineProblems(domain: Domain, { host, architecture, libvirt, memoryKib: most }: HostRecord, functions: number): Problem[] {
  const found: Problem[] = [];
  const { arch = architecture, virtType } = domain;
  if (virtType === 'kvm' && arch !== architecture && ALSO_RUNS[architecture]?.includes(arch) !== true) {
    found.push(unfit(host, `${host} is ${architecture}, and KVM runs no ${arch} there`, 'hosts of that architecture can run it'));
  }
  if (libvirt === null) found.push(unfit(host, `libvirt did not answer on ${host}`, 'see its libvirt; its agent looks again by itself'));
  const wanted = memoryKib(domain);
  if (functions > 0 && wanted !== undefined && most !== null && wanted > most) {
    const mebibytes = (kib: number): string => `${Math.ceil(kib / 1024)} MiB`;
    found.push(unfit(host, `all ${mebibytes(wanted)} of the guest are locked, and ${host} has ${mebibytes(most)}`, 'a smaller guest, or a larger host'));
  }
  return found;
}

/** What the libvirt and the QEMU of a host would refuse of a definition that has its functions. */
export type DefinitionCheck = (text: string, record: HostRecord) => readonly Problem[];

/**
 * Of hosts with the same versions the first that finds nothing answers for all: guest addresses do not depend on where on a host a function is.
 */
export function definitionCheck(file: string | undefined): DefinitionCheck {
  const fine = new Set<string>();
  return (text, record) => {
    const key = JSON.stringify([record.architecture, record.libvirt, record.qemu]);
    if (fine.has(key)) return [];
    const problems = refusals(text, record, file);
    if (problems.length === 0) fine.add(key);
    return problems;
  };
}

function refusals(text: string, record: HostRecord, file: string | undefined): readonly Problem[] {
  const { host, libvirt } = record;
  if (libvirt === null) return [];
  try {
    return expandOn(text, record, file).problems.filter(({ severity }) => severity === 'error');
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return [unfit(host, `what would become of it on ${host} is not known: ${error.message}`, 'see the versions that its agent has published')];
  }
}

/**
 * What the libvirt and the QEMU of a host would make of a definition, by their versions.
 *
 * @throws {HostdevError} where what was published is no version.
 */
export function expandOn(text: string, { architecture, libvirt, qemu }: HostRecord, file: string | undefined): Expansion {
  const { arch } = meantBy(text, architecture).qemu;
  const options: PlaceOptions = {
    ...{ defaultArch: architecture, ...(file === undefined ? {} : { file }) },
    ...(libvirt === null ? {} : { libvirt }),
    ...(qemu === null ? {} : { capabilities: presetCapabilities(arch, qemu) }),
  };
  return expandDomain(text, options);
}
