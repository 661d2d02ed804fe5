/** Places of a guest where functions can be plugged in, and the plan of more of them. */
import { expandDomain } from '../addressing/expand.ts';
import type { PlaceOptions } from '../addressing/place.ts';
import { freeSlotsFor, guestTopology, isExpressTopology } from '../addressing/topology.ts';
import { HostdevError } from '../errors.ts';
import type { GuestState } from '../state/guest-state.ts';
import { rootPorts, withRootPorts } from '../domain/root-ports.ts';

/** How many places of a guest are free. */
export interface FreePlaces {
  /** In the guest that runs; null while it does not. */
  readonly live: number | null;
  /** After its next start; null for a guest without definition. */
  readonly config: number | null;
  /** Of a guest with PCI Express, whose ports `live` and `config` count: the places that take conventional functions. Null where every place takes all. */
  readonly conventional: { readonly live: number | null; readonly config: number | null } | null;
}

/** Counts the places with hot-plug that nothing is plugged into. */
export function freePlacesOf({ live, config }: Pick<GuestState, 'live' | 'config'>, options: PlaceOptions): FreePlaces {
  const count = (kind: Kind): { readonly live: number | null; readonly config: number | null } => ({
    live: live === undefined ? null : freePlaces(live, kind, options),
    config: config === undefined ? null : freePlaces(config, kind, options),
  });
  return { ...count(EXPRESS), conventional: hasPorts(live ?? config, options) ? count(CONVENTIONAL) : null };
}

/** More than anybody has plugged into one guest. */
const MOST = 64;

type Kind = Parameters<typeof freeSlotsFor>[1];
const EXPRESS: Kind = { express: true };
const CONVENTIONAL: Kind = { express: false };

/** Places with hot-plug that nothing is plugged into, and that take such a function. */
function freePlaces(xml: string, kind: Kind, options: PlaceOptions): number {
  const result = guestTopology(xml, options);
  return result.ok ? freeSlotsFor(result.topology, kind) : 0;
}

function hasPorts(xml: string | undefined, options: PlaceOptions): boolean {
  const result = xml === undefined ? undefined : guestTopology(xml, options);
  return result?.ok === true && isExpressTopology(result.topology);
}

/**
 * The elements of so many root ports more, once it is known that the guest can have them.
 *
 * @throws {HostdevError} `usage`, `option-conflict` where the guest needs no ports, `guest-address-none-left`, ….
 */
export function portElements(xml: string, add: number, options: PlaceOptions): readonly string[] {
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
  const expanded = expandDomain(withRootPorts(xml, add), options);
  if (expanded.ok) return rootPorts(add);
  throw HostdevError.from(expanded.problems[0] ?? { code: 'guest-address-none-left', severity: 'error', message: 'there is no room for more ports' });
}
