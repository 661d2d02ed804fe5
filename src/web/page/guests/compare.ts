/** What runs beside what is defined: each device once, with where it is in both. */
import type { JsonBus } from '../../../json/contract/definitions.ts';
import type { GuestDetails } from '../connection/api.ts';

type Part = NonNullable<GuestDetails['live']>;
type Tree = NonNullable<Part['tree']>;
type Slot = JsonBus['slots'][number];

export interface Compared {
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly hostAddress: string | null;
  /** null: it is not in there. */
  readonly live: PlaceInGuest | null;
  readonly config: PlaceInGuest | null;
  readonly differs: boolean;
}

export interface PlaceInGuest {
  readonly guestAddress: string;
  readonly uid: string | null;
  readonly fid: string | null;
  /** What the guest's kernel calls it, where that is another address. */
  readonly guestName: string | null;
}

/** Devices of a tree by what they are known by: the function of the host, or kind and name, which several may have. */
function devicesOf(tree: Tree | null): ReadonlyMap<string, readonly Slot[]> {
  const found = new Map<string, Slot[]>();
  const add = (bus: JsonBus): void => {
    for (const slot of bus.slots) {
      const key = slot.hostAddress ?? `${slot.kind} ${slot.name}`;
      found.set(key, [...(found.get(key) ?? []), slot]);
      if (slot.bus !== null) add(slot.bus as JsonBus);
    }
  };
  for (const root of tree?.roots ?? []) add(root as JsonBus);
  return found;
}

/** Which of several is which: those at the same place, and the others as they come. */
function pairsOf(running: readonly Slot[], defined: readonly Slot[]): (readonly [now: Slot | undefined, later: Slot | undefined])[] {
  const isIn = (all: readonly Slot[], { guestAddress }: Slot): boolean => all.some((each) => each.guestAddress === guestAddress);
  const still = running.filter((slot) => isIn(defined, slot));
  const [gone, come] = [running.filter((slot) => !isIn(defined, slot)), defined.filter((slot) => !isIn(running, slot))];
  const others = Array.from({ length: Math.max(gone.length, come.length) }, (_, n) => [gone[n], come[n]] as const);
  return [...still.map((slot) => [slot, defined.find(({ guestAddress }) => guestAddress === slot.guestAddress)] as const), ...others];
}

/** Differences first asked for: where only one of both is there, nothing differs. */
export function compareParts({ live, config }: Pick<GuestDetails, 'live' | 'config'>): readonly Compared[] {
  const running = devicesOf(live?.tree ?? null);
  const defined = devicesOf(config?.tree ?? null);
  const hasBoth = live !== null && live.tree !== null && config !== null && config.tree !== null;
  const keys = [...new Set([...defined.keys(), ...running.keys()])];
  const compared = keys.flatMap((key) =>
    pairsOf(running.get(key) ?? [], defined.get(key) ?? []).map(([now, later], n): Compared => {
      const { kind, name, hostAddress } = (now ?? later) as Slot;
      const [a, b] = [placeOf(now), placeOf(later)];
      return { key: `${key} ${n}`, kind, name, hostAddress, live: a, config: b, differs: hasBoth && !isSame(a, b) };
    }),
  );
  return compared.toSorted((a, b) => compare(addressOf(a), addressOf(b)));
}

function placeOf(slot: Slot | undefined): PlaceInGuest | null {
  if (slot === undefined) return null;
  const { guestAddress, uid, fid, guestName } = slot;
  return { guestAddress, uid, fid, guestName: guestName === guestAddress ? null : guestName };
}

function isSame(a: PlaceInGuest | null, b: PlaceInGuest | null): boolean {
  return a?.guestAddress === b?.guestAddress && a?.uid === b?.uid && a?.fid === b?.fid;
}

function addressOf({ live, config }: Compared): string {
  return (live ?? config)?.guestAddress ?? '';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
