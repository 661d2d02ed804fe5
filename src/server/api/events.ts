/** The stream of events, one object a line: whole state first, then what has changed. */
import { EVENT } from '../../json/contract/events.ts';
import { LISTED } from '../../json/contract/functions.ts';
import { GUEST } from '../../json/contract/guests.ts';
import { KEPT, LISTED_SLOT } from '../../json/contract/host-changes.ts';
import { IN_FORCE } from '../../json/contract/journal.ts';
import { fid, hostAddress, time } from '../../json/contract/notation.ts';
import { either, integer, list, type Of, orNull, record, text, word } from '../../json/contract/shape.ts';
import { OPERATION } from './operation.ts';
import { HOST, STATE, type WholeState } from './state.ts';

/** How often the server says at least that it is there: whoever is behind a proxy that ends quiet connections hears of it, too. */
export const HEARTBEAT_MS = 10_000;

/** Who has said nothing for that long is gone, whatever TCP thinks. A slow host is late now and then: emulated ones are busy for some seconds with one look at themselves. */
export const SILENCE_MS = 4 * HEARTBEAT_MS;

/** One thing that is other than before; null: it has gone. */
const PATCH = either(
  record({ of: word(['functions']), key: hostAddress, value: orNull(LISTED) }),
  record({ of: word(['slots']), key: fid, value: orNull(LISTED_SLOT) }),
  record({ of: word(['guests']), key: text('uuid'), value: orNull(GUEST) }),
  record({ of: word(['operations']), key: text('id'), value: orNull(OPERATION) }),
  record({ of: word(['host']), value: HOST }),
  record({ of: word(['persistent']), value: list(KEPT) }),
  record({ of: word(['inForce']), value: list(IN_FORCE) }),
);
export type Patch = Of<typeof PATCH>;

const HEAD = { seq: integer('to go on from: events?after=SEQ'), time };

export const MESSAGE = either(
  record({ kind: word(['state']), ...HEAD, state: STATE }),
  record({ kind: word(['patch']), ...HEAD, patches: list(PATCH) }),
  record({ kind: word(['event']), ...HEAD, event: EVENT }),
  record({ kind: word(['heartbeat']), ...HEAD }),
);
export type Message = Of<typeof MESSAGE>;

type Keyed = 'functions' | 'slots' | 'guests' | 'operations';

/** What things of a list are known by. */
const KEYS = {
  functions: ({ hostAddress: address }) => address,
  slots: ({ fid: id }) => id,
  guests: ({ uuid }) => uuid,
  operations: ({ id }) => id,
} as const satisfies { readonly [Name in Keyed]: (item: WholeState[Name][number]) => string };

/** What a thing of a list is known by in patches. */
export function keyOf<Name extends Keyed>(name: Name, item: WholeState[Name][number]): string {
  return (KEYS[name] as (each: WholeState[Name][number]) => string)(item);
}

/** The state after patches. What changes stays where it is in its list, what comes is put in by its key; operations come first. */
export function applyPatches(state: WholeState, patches: readonly Patch[]): WholeState {
  return patches.reduce(applyPatch, state);
}

function applyPatch(state: WholeState, patch: Patch): WholeState {
  if (!('key' in patch)) return { ...state, [patch.of]: patch.value };
  return { ...state, [patch.of]: patched(patch.of, state[patch.of], patch) };
}

function patched(name: Keyed, items: readonly object[], { key, value }: { readonly key: string; readonly value: object | null }): readonly object[] {
  const keyIn = (item: object): string => (KEYS[name] as (each: object) => string)(item);
  const at = items.findIndex((item) => keyIn(item) === key);
  if (value === null) return items.filter((_, place) => place !== at);
  if (at !== -1) return items.with(at, value);
  if (name === 'operations') return [value, ...items];
  const place = items.findIndex((item) => sortKey(name, item) > sortKey(name, value));
  return place === -1 ? [...items, value] : items.toSpliced(place, 0, value);
}

function sortKey(name: Keyed, item: object): string {
  // Guests are known by their uuid, and listed by name.
  return name === 'guests' ? (item as WholeState['guests'][number]).guest : (KEYS[name] as (each: object) => string)(item);
}
