/** Whoever has a say outside of this host in which functions its guests may have (a fleet): asked under the lock before guests are changed, told how it ended. */
import type { ZpciIds, ZpciIdSets } from '../pci/zpci.ts';
import type { Change } from '../plan/change.ts';
import type { Transition } from '../plan/transition.ts';

interface ClaimOptions {
  readonly signal?: AbortSignal | undefined;
  /** That claims stay with guests that give their functions back. */
  readonly keepClaims?: boolean | undefined;
  /** By which mapping a function was chosen, by its address: a claim that is made on the way names it. */
  readonly mappings?: ReadonlyMap<string, string> | undefined;
}

/** A guest that is to get functions of IBM Z which say no ids. */
export interface IdsWish {
  /** A claim names a guest by either. */
  readonly guest: { readonly name: string; readonly uuid: string };
  /** As `formatPciAddress` writes them. */
  readonly addresses: readonly string[];
  /** What other devices of the guest have. */
  readonly inGuest: ZpciIdSets;
}

export interface ClaimGuard {
  /**
   * Which uid and fid each of the functions is to have, by its address; none where nobody says it. What is claimed on the way keeps what was told last.
   *
   * @throws {HostdevError} what keeps the fleet from being asked.
   */
  readonly ids: (wish: IdsWish, signal?: AbortSignal) => Promise<ReadonlyMap<string, Required<ZpciIds>>>;
  /**
   * Asked before any of these changes is made; undefined where none of them needs a claim.
   *
   * @throws {HostdevError} why they must not be made.
   */
  readonly begin: (changes: readonly Change[], options: ClaimOptions) => Promise<HeldClaims | undefined>;
}

/** Claims under which changes are made. */
export interface HeldClaims {
  /** Fencing tokens by function, as the journal keeps them. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Id of the fleet that they are of: in another one they say nothing. Missing where it has none. */
  readonly fleet?: string | undefined;
  /**
   * Told before these changes are asked for in the same run: what a guest has given back, and they give to one, is held for it no more.
   *
   * @throws {HostdevError} what keeps the fleet from being told.
   */
  readonly handOver: (changes: readonly Change[]) => Promise<void>;
  /** Told what was done and what is neither done nor undone; all else is as it was. */
  readonly end: (outcome: ClaimedOutcome) => Promise<void>;
}

export interface ClaimedOutcome {
  readonly done: readonly Transition[];
  readonly left: readonly Transition[];
}
