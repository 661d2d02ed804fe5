/** What mappings of the fleet stand for in one wish: chosen once, so that what is made is what was shown, and no function is chosen twice. */
import { HostdevError, unlessRefused } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import type { GuestState } from '../../state/guest-state.ts';
import type { DesiredState, MappedSelector, Selector } from '../../wish/wish.ts';
import { resolveSelector } from './resolve-selector.ts';
import { located, type Looking } from './wish-item.ts';

export interface MappedChoice {
  /**
   * The functions that a guest is to have by a mapping: the one that was chosen, then the rest of its group where that goes along.
   *
   * @throws {HostdevError} `fleet-absent`, `mapping-unknown`, `claim-none-free`, `claim-missing`, `function-vanished`, with the place in the wish.
   */
  readonly of: (looking: Looking, guest: Pick<GuestState['ref'], 'name' | 'uuid'>, selector: MappedSelector) => Promise<readonly PciAddress[]>;
  /** The mapping by which each of them was chosen, by its address. */
  readonly mappings: ReadonlyMap<string, string>;
}

/** What the wish names otherwise is not chosen, neither is what its pools hand out. */
export function mappedChoice(wish: DesiredState, signal: AbortSignal | undefined): MappedChoice {
  const chosen = new Map<string, readonly PciAddress[]>();
  const mappings = new Map<string, string>();
  const named = [...wish.pools.flatMap(({ functions }) => functions), ...wish.guests.flatMap(({ hostdevs }) => hostdevs.map((each) => each.function))];
  const explicit = named.filter((each) => each.kind !== 'mapping');
  const choose: MappedChoice['of'] = async (looking, guest, { at, mapping, written }) => {
    const key = JSON.stringify([guest.uuid, mapping]);
    const before = chosen.get(key);
    if (before !== undefined) return before;
    const { mapped } = looking.view;
    const except = [...[...chosen.values()].flat(), ...(await addressesOf(looking, explicit))];
    const found = await located(at, async () => {
      if (mapped === undefined) throw notHere(written);
      return mapped.choose({ mapping, guest, first: 'held', except }, signal);
    });
    chosen.set(key, found);
    for (const address of found) mappings.set(formatPciAddress(address), mapping);
    return found;
  };
  // One after the other: each has to know what was chosen before.
  let last: Promise<unknown> = Promise.resolve();
  const of: MappedChoice['of'] = (...asked) => {
    const next = last.then(() => choose(...asked));
    last = next.catch(unlessRefused);
    return next;
  };
  return { of, mappings };
}

async function addressesOf(looking: Looking, selectors: readonly Selector[]): Promise<PciAddress[]> {
  const found = await Promise.all(selectors.map(async (each) => resolveSelector(looking, each).catch(unlessRefused)));
  return found.flatMap((each) => (each !== undefined && 'address' in each ? [each.address] : []));
}

function notHere(written: string): HostdevError {
  return new HostdevError('fleet-absent', `${written} is looked up on a host of a fleet only`, {
    subject: written,
    hint: 'name the function by its address, or run hostdev on that host',
  });
}
