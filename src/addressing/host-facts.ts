/**
 * The facts about the host that a guest's addresses can depend on. All optional: none means "another host".
 *
 * Rules: docs/addressing.md §13.
 */
import type { ErrorCode, Problem } from '../errors.ts';
import type { PciAddress } from '../pci/address.ts';

export interface HostFunctionFacts {
  /** PCI Express, judged as libvirt does; a conventional function needs a conventional slot. */
  readonly express: boolean;
  /** IOMMU group number: on pSeries functions of one group share a host bridge. */
  readonly iommuGroup: number | undefined;
  /** Driver it is with now. */
  readonly driver?: string | undefined;
  /** The PF of a VF. */
  readonly physicalFunction?: PciAddress | undefined;
  /** Whether the PF has a network driver, through which a VF's MAC and VLAN are set. */
  readonly physicalFunctionReachable?: boolean | undefined;
  /** Network interface of the PF, and whether it is up; undefined when it is not known. */
  readonly physicalInterface?: { readonly name: string; readonly up: boolean } | undefined;
  /** What speaks against giving it to this guest; judged elsewhere, only placed in the text here. */
  readonly refusals?: readonly HostRefusal[] | undefined;
}

/** One reason that the start fails, or that the host loses something. */
export interface HostRefusal {
  readonly code: ErrorCode;
  readonly severity: Problem['severity'];
  /** Behind the function's name: `is in use: nvme0n1 → mounted on /`. */
  readonly what: string;
  readonly hint: string;
  /** Guests that hold it: the one that is looked at may. */
  readonly guests: readonly string[];
}

export interface HostFacts {
  /** False when nothing is known: then a function that is not there is not a problem. */
  readonly known?: boolean;
  /** Facts of one function; undefined when this host has none at that address. */
  readonly pciFunction: (address: PciAddress) => HostFunctionFacts | undefined;
  /** Forward mode of a libvirt network; undefined when it is not known. */
  readonly networkForward: (network: string) => string | undefined;
  /** The function that a pool gives to its next user; undefined when it is not known. */
  readonly networkFunction?: ((network: string) => PciAddress | undefined) | undefined;
}

/** A host about which nothing is known: every function counts as absent, as libvirt treats a missing one. */
export const NO_HOST: HostFacts = { pciFunction: () => undefined, networkForward: () => undefined };
