/** Why a guest that runs has no place for a function, and what gives it one: in words about this guest and this function. */
import type { PlaceOptions } from '../addressing/place.ts';
import { freeSlotsFor, guestTopology, isExpressTopology, type Topology } from '../addressing/topology.ts';
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import type { GuestState } from '../state/guest-state.ts';
import { shellWord } from '../shell-word.ts';

/** The refusal for a function that has no place; `all` are those that are to come with it. */
export function noFreePlace(guest: GuestState, { source }: HostdevSpec, all: readonly HostdevSpec[], options: PlaceOptions): HostdevError {
  const address = formatPciAddress(source);
  // As libvirt has it: a function that this host does not have counts as PCI Express.
  const isExpress = (function_: PciAddress): boolean => options.host?.pciFunction(function_)?.express ?? true;
  const express = isExpress(source);
  const needed = all.filter((spec) => isExpress(spec.source) === express).length;
  const why = express ? portHint : bridgeHint;
  const { name } = guest.ref;
  const live = topologyOf(guest.live, options);
  if (live !== undefined && !isExpressTopology(live)) {
    return refusal(`${name} has no free slot for ${address}`, address, 'detach a device, or add a pci-bridge to its definition and start it anew');
  }
  const kind = express ? '' : `: it is a conventional PCI function, which ${name}'s root ports cannot hold`;
  const later = topologyOf(guest.config, options);
  const free = later === undefined ? undefined : freeSlotsFor(later, { express });
  return refusal(`${name}, which runs, has no free place for ${address}${kind}`, address, why(shellWord(name), address, free, needed));
}

function refusal(message: string, subject: string, hint: string): HostdevError {
  return new HostdevError('guest-no-slot', message, { subject, hint });
}

/** `free` is what its definition has for the next start; undefined for a guest without one. */
function portHint(name: string, address: string, free: number | undefined, needed: number): string {
  if (free === undefined) return 'detach another device: a guest without definition gets no more ports';
  if (free >= needed)
    return `its definition has ${free} free ${free === 1 ? 'place' : 'places'}, which ${free === 1 ? 'is' : 'are'} there after its next start; or attach for then: hostdev attach ${name} ${address} --config`;
  return `'hostdev ports ${name} --add ${needed - free}' gives its definition what is missing; they are there after its next start`;
}

function bridgeHint(name: string, address: string, free: number | undefined): string {
  if (free === undefined) return 'only a pcie-to-pci-bridge can, and a guest without definition gets none';
  const attach = `hostdev attach ${name} ${address} --config`;
  return free > 0
    ? `its definition has a bridge that can, which is there after its next start: ${attach}`
    : `a pcie-to-pci-bridge can; '${attach}' adds one to its definition, and both are there after its next start`;
}

function topologyOf(xml: string | undefined, options: PlaceOptions): Topology | undefined {
  const result = xml === undefined ? undefined : guestTopology(xml, options);
  return result?.ok === true ? result.topology : undefined;
}
