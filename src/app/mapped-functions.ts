/** What `mapping:gpu-a10` means on a host of a fleet: asked of whoever knows the fleet, which only such hosts load. */
import type { ClaimGuard } from '../execute/claim-guard.ts';
import type { PciAddress } from '../pci/address.ts';

export interface MappedWish {
  readonly mapping: string;
  /** A claim names a guest by either. */
  readonly guest: { readonly name: string; readonly uuid: string };
  /** Of what is claimed for the guest by the mapping: what it has already (`held`), or what was claimed and not attached yet (`new`). */
  readonly first: 'held' | 'new';
  /** Functions that are meant by something else. */
  readonly except?: readonly PciAddress[];
}

/** Mappings of the fleet that a machine is a host of; on another one both are refused (`fleet-absent`). */
export interface HostMappings {
  /**
   * The functions that a guest is to have by a mapping: the one that was chosen, then the rest of its group where that goes along.
   *
   * @throws {HostdevError} `fleet-absent`, `mapping-unknown`, `claim-none-free`, `claim-missing`, `function-vanished`.
   */
  readonly choose: (wish: MappedWish, signal?: AbortSignal) => Promise<readonly PciAddress[]>;
  /**
   * Addresses of all functions of the host that are of a mapping, as it has told its fleet.
   *
   * @throws {HostdevError} `fleet-absent`, `mapping-unknown`.
   */
  readonly all: (mapping: string, signal?: AbortSignal) => Promise<readonly string[]>;
}

/** A machine where claims that are made on the way name the mapping that a function was chosen by: by that they are found again. */
export function naming<C extends { readonly claims?: ClaimGuard | undefined }>(context: C, mappings: ReadonlyMap<string, string>): C {
  const { claims } = context;
  return claims === undefined ? context : { ...context, claims: { ...claims, begin: async (changes, asked) => claims.begin(changes, { ...asked, mappings }) } };
}
