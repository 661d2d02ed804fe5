/** A claim from its making to its end, as far as anybody knows of it. */
import type { Guard, HistoryEvent, Seen } from '../history/event.ts';
import { byFunction } from './by-function.ts';
import { type Call, isDone, mayHaveHappened } from './calls.ts';
import type { Recorded } from './recorded.ts';

/** The claim was there at this revision, which was at some time between these two. */
interface Sighting {
  readonly revision: bigint;
  readonly from: bigint;
  readonly to: bigint;
  readonly evidence: HistoryEvent | undefined;
}

/** A time in which the claim was there for sure. */
export interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

export interface Life {
  readonly function: string;
  readonly request: string;
  readonly host: string;
  /** Ids of IBM Z that it keeps. */
  readonly ids: readonly string[];
  /** Not known where only later changes of it were seen. */
  readonly token: bigint | undefined;
  /** The call that made it, where its answer came. */
  readonly madeBy: Call | undefined;
  /** By revision, the first one first. */
  readonly sightings: readonly Sighting[];
  /** The call that took it away and was told so. */
  readonly removedBy: Call | undefined;
  /** Calls that may have taken it away, also those of which no answer came. */
  readonly mayHaveEnded: readonly Call[];
  /** The next one of its function that is known. */
  readonly next: Life | undefined;
  readonly span: Span;
}

interface Growing {
  readonly request: string;
  readonly host: string;
  readonly ids: readonly string[];
  token: bigint | undefined;
  readonly madeBy: Call | undefined;
  readonly sightings: Sighting[];
  /** The last revision at which it was written for sure. */
  written: bigint;
  removedBy: Call | undefined;
}

/** At a revision something of a function is known: there is a claim, or it was taken away. */
interface Known {
  readonly function: string;
  readonly claim: { readonly request: string; readonly host: string; readonly token: bigint | undefined; readonly ids?: readonly string[] } | undefined;
  /** Of what was written or taken away. */
  readonly guard: Guard | undefined;
  readonly call: Call | undefined;
  readonly sighting: Sighting;
}

/** Behind all times and revisions. */
export const END = 1n << 126n;

export function livesOf({ claims, events }: Recorded, calls: readonly Call[]): ReadonlyMap<string, readonly Life[]> {
  const atTheEnd: Sighting = { revision: END, from: END, to: END, evidence: undefined };
  const known = [...calls.flatMap(knownBy), ...events.flatMap(seenBy), ...claims.map((claim) => seenAs(claim, atTheEnd))];
  const writing = calls.filter(mayHaveHappened);
  const endings = byFunction(writing, ({ asked }) => new Set([...asked.removed, ...asked.written].map((each) => each.function)));
  return new Map([...byFunction(known, (each) => [each.function])].map(([name, all]) => [name, livesOfFunction(name, all, endings.get(name) ?? [])]));
}

const seenAs = (claim: Seen, sighting: Sighting): Known => ({ function: claim.function, claim, guard: undefined, call: undefined, sighting });

function seenBy(event: HistoryEvent): Known[] {
  if (event.kind !== 'saw') return [];
  return event.seen.map((claim) => seenAs(claim, { revision: event.revision, from: event.from, to: event.at, evidence: event }));
}

function knownBy(call: Call): Known[] {
  const { asked, answered } = call;
  if (answered === undefined) return [];
  const sighting: Sighting = { revision: answered.revision, from: asked.at, to: answered.at, evidence: answered };
  const seen = answered.seen.map((claim) => seenAs(claim, sighting));
  if (!isDone(call)) return seen;
  const written = asked.written.map(({ function: name, request, host, guard, ids = [] }): Known => {
    const token = guard.on === 'absent' ? answered.revision : guard.on === 'created' ? guard.revision : undefined;
    return { function: name, claim: { request, host, token, ids }, guard, call, sighting };
  });
  const removed = asked.removed.map(({ function: name, guard }): Known => ({ function: name, claim: undefined, guard, call, sighting }));
  return [...seen, ...written, ...removed];
}

function livesOfFunction(name: string, known: readonly Known[], endings: readonly Call[]): Life[] {
  const growing = grow(known);
  let next: Life | undefined;
  const lives: Life[] = [];
  for (const [at, each] of [...growing.entries()].reverse()) {
    const mayHaveEnded = endings.filter((call) => endsLife(call, name, { life: each, later: growing.slice(at + 1) }));
    const last = each.sightings.at(-1)?.from ?? 0n;
    const ends = mayHaveEnded.reduce((soonest, { asked }) => (asked.at < soonest ? asked.at : soonest), END);
    const span = { from: each.sightings.reduce((soonest, { to }) => (to < soonest ? to : soonest), END), to: last > ends ? last : ends };
    next = { function: name, ...each, mayHaveEnded, next, span };
    lives.unshift(next);
  }
  return lives;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

function grow(known: readonly Known[]): Growing[] {
  const lives: Growing[] = [];
  let current: Growing | undefined;
  // Of one revision, what was written comes before what was seen at it.
  const order = (a: Known, b: Known): number => compare(a.sighting.revision, b.sighting.revision) || (a.guard ? 0 : 1) - (b.guard ? 0 : 1);
  for (const { claim, guard, call, sighting } of [...known].sort(order)) {
    if (claim === undefined) {
      if (current !== undefined) current.removedBy = call;
      current = undefined;
      continue;
    }
    const same = current?.request === claim.request && (claim.token === undefined || current.token === undefined || claim.token === current.token);
    if (current === undefined || !same) {
      const { request, host, token, ids = [] } = claim;
      current = { request, host, token, ids, madeBy: undefined, sightings: [], written: 0n, removedBy: undefined };
      if (guard !== undefined && guard.on !== 'created' && guard.on !== 'modified') current = { ...current, madeBy: call };
      lives.push(current);
    }
    current.token ??= claim.token;
    current.sightings.push(sighting);
    if (guard !== undefined) current.written = sighting.revision;
  }
  return lives;
}

/** Whether a call that may have happened took this claim away, if it did. */
function endsLife(call: Call, name: string, { life, later }: { readonly life: Growing; readonly later: readonly Growing[] }): boolean {
  if (isDone(call)) return life.removedBy === call;
  const removed = call.asked.removed.find((each) => each.function === name);
  const written = call.asked.written.find((each) => each.function === name && each.request !== life.request);
  // Who writes another's claim over it without looking has taken nothing away: that is two holders.
  const guard = removed?.guard ?? written?.guard;
  if (guard === undefined || guard.on === 'absent') return false;
  if (guard.on === 'nothing') return removed !== undefined;
  if (guard.on === 'created') return life.token === undefined || life.token === guard.revision;
  // Once it was written again no transaction that compares an earlier revision of it can happen, however late it comes.
  return guard.revision >= beginOf(life) && guard.revision >= life.written && later.every((each) => beginOf(each) > guard.revision);
}

/** The revision at which it was there first, as far as anybody knows. */
const beginOf = ({ token, sightings }: Growing): bigint => token ?? sightings[0]?.revision ?? END;

export const overlap = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to;

/** What shows that a claim was there: who was told so first. */
export function evidenceOf(life: Life): HistoryEvent[] {
  const first = life.sightings.find(({ to }) => to === life.span.from)?.evidence;
  return first === undefined ? [] : [first];
}

/** The claim in the store at the end that a life is of. */
export const claimAtEnd = (life: Life, claims: readonly Seen[]): Seen | undefined =>
  claims.find((claim) => claim.function === life.function && claim.request === life.request && (life.token ?? claim.token) === claim.token);
