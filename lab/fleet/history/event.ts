/**
 * What the actors of a fleet write down of what they do, each in a file of its own: one line of JSON an event. What one is about to do is written
 * before it is done, what became of it behind that: whatever happened in between is somewhere in between.
 */

export type Role = 'claimer' | 'host' | 'administrator' | 'faults';

/** What a transaction compared of a key: nothing, that it is absent, or the revision at which it came to be or was last written. */
export interface Guard {
  readonly on: 'nothing' | 'absent' | 'created' | 'modified';
  readonly revision: bigint;
}

/** A claim that a transaction writes. Whether it is a new one is told by its guard, and by who had the function before. */
interface Written {
  readonly function: string;
  readonly request: string;
  readonly host: string;
  readonly guest: string;
  readonly state: string;
  readonly guard: Guard;
  /** Of a function of IBM Z what it keeps, as `uid 0x0021`; missing where it keeps none. */
  readonly ids?: readonly string[];
}

interface Removed {
  readonly function: string;
  readonly guard: Guard;
}

/** A claim that somebody saw in the store. */
export interface Seen {
  readonly function: string;
  readonly request: string;
  /** The revision at which its key came to be. */
  readonly token: bigint;
  readonly host: string;
  readonly state: string;
  readonly ids?: readonly string[];
}

export interface Asked {
  readonly kind: 'asked';
  /** Which call of this actor; its answer has the same number. */
  readonly call: number;
  /** Digest of the transaction: the same one asked again has the same. */
  readonly transaction: string;
  readonly written: readonly Written[];
  readonly removed: readonly Removed[];
  readonly requestsMade: readonly string[];
  readonly requestsRemoved: readonly string[];
}

export interface Answered {
  readonly kind: 'answered';
  readonly call: number;
  readonly outcome: 'done' | 'refused' | 'unclear';
  /** Of `done`, at which it happened; of `refused`, at which it was looked; of `unclear` 0. */
  readonly revision: bigint;
  readonly seen: readonly Seen[];
}

/** Claims that an actor saw when it looked, and had not seen like that before; it looked at some time behind `from`. */
interface Saw {
  readonly kind: 'saw';
  readonly from: bigint;
  readonly revision: bigint;
  readonly seen: readonly Seen[];
}

/** A function on its way into a guest and out of it, as the journal of its host has it. */
export interface OnHost {
  readonly kind: 'attaching' | 'attached' | 'detaching' | 'detached';
  readonly host: string;
  readonly function: string;
  readonly guest: string;
  readonly token: bigint;
}

export type What =
  | { readonly kind: 'begins'; readonly role: Role; readonly hosts: readonly string[] }
  | Asked
  | Answered
  | Saw
  /** What a claimer takes for the truth of its request, and would tell whoever asked it. */
  | { readonly kind: 'holds'; readonly request: string; readonly functions: readonly string[] }
  | { readonly kind: 'refused' | 'gave up' | 'released'; readonly request: string }
  | OnHost
  /** A process was killed, or stopped and let go on; `who` names the actors in it. */
  | { readonly kind: 'killed' | 'stopped' | 'continued'; readonly who: readonly string[] }
  /** Something happens to the store. */
  | { readonly kind: 'store'; readonly what: string }
  /** Somebody who can know it says that a host is off, or that who asked for something is gone and needs it no more. */
  | { readonly kind: 'host is off'; readonly host: string }
  | { readonly kind: 'nobody needs'; readonly request: string }
  /** The fleet's check told it, so it is not lost silently. */
  | { readonly kind: 'told as lost'; readonly function: string; readonly request: string };

/** Time is CLOCK_MONOTONIC of the machine in nanoseconds, the same for all of its processes. */
export type HistoryEvent = What & { readonly at: bigint; readonly actor: string };

const BIG = new Set(['at', 'from', 'revision', 'token']);

export function formatEvent(event: HistoryEvent): string {
  return `${JSON.stringify(event, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`;
}

export function parseEvent(line: string): HistoryEvent {
  const event = JSON.parse(line, (key, value: unknown) => (BIG.has(key) && typeof value === 'string' ? BigInt(value) : value)) as Partial<HistoryEvent>;
  if (typeof event.kind !== 'string' || typeof event.actor !== 'string' || typeof event.at !== 'bigint') throw new Error(`no event: ${line.slice(0, 200)}`);
  return event as HistoryEvent;
}
