/** `hostdev xml`: the elements that give functions to a guest. */
import type { VersionNumber } from '../addressing/libvirt/version.ts';
import { chooseVersions } from '../addressing/place.ts';
import { leftOutOf } from '../addressing/validate/new-xml.ts';
import { readDomain } from '../domain/domain.ts';
import { formatHostdev, type HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError, type Problem } from '../errors.ts';
import { readAddresses } from '../host/inventory.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { absentWarnings } from '../plan/definition-file.ts';
import { absentThere } from '../state/absent-functions.ts';
import { enclose } from '../xml/write.ts';
import { refuseTwice } from '../pci/named-once.ts';
import { refuseUnknownIommufd } from '../plan/iommufd.ts';
import type { AppContext } from './context.ts';
import { type VersionWish, versionsFor } from './guest-versions.ts';
import { guestQemu } from './place-options.ts';

/** One function's element as `--json` prints it. */
export interface HostdevElement {
  readonly address: string;
  readonly xml: string;
}

/** What of these elements a libvirt leaves out because it came later. */
function elementNotes(elements: readonly HostdevElement[], libvirt: VersionNumber): Problem[] {
  const domain = readDomain(enclose(['domain', 'devices'], elements.map(({ xml }) => xml).join('')));
  const found = leftOutOf(domain, libvirt).map(({ problem }) => problem);
  return found.filter(({ message }, i) => found.findIndex((other) => other.message === message) === i);
}

/**
 * The elements, and what the libvirt that is asked for, or that of the machine, does with them.
 *
 * @throws {HostdevError} `iommufd-unknown`, `version-malformed`, `address-twice`, and what {@link formatHostdev} throws.
 */
export async function elementsFor(
  context: AppContext,
  specs: readonly HostdevSpec[],
  wish: VersionWish,
): Promise<{ readonly elements: readonly HostdevElement[]; readonly notes: readonly Problem[] }> {
  const elements = hostdevElements(specs);
  const qemu = guestQemu({ arch: undefined, emulator: undefined });
  const versions = await versionsFor(wish, qemu, context);
  refuseUnknownIommufd(specs, enclose(['domain'], ''), { ...versions, defaultArch: qemu.arch });
  const absent = await absentHere(
    context,
    specs.map(({ source }) => source),
  );
  return { elements, notes: [...absent, ...elementNotes(elements, chooseVersions(qemu.arch, versions).libvirt)] };
}

/** Functions that the machine does not have; one without PCI at all is only where somebody writes. */
async function absentHere({ port, hostName }: AppContext, addresses: readonly PciAddress[]): Promise<Problem[]> {
  const there = await readAddresses(port).catch((error: unknown) => {
    if (error instanceof HostdevError && error.code === 'no-pci') return undefined;
    throw error;
  });
  return there === undefined ? [] : absentWarnings(there, addresses).map((problem) => absentThere(hostName, problem));
}

function hostdevElements(specs: readonly HostdevSpec[]): HostdevElement[] {
  refuseTwice(specs.map(({ source }) => source));
  return specs.map((spec) => ({ address: formatPciAddress(spec.source), xml: formatHostdev(spec).join('\n') }));
}
