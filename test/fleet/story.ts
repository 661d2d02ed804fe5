/** Histories written by hand: events one after the other, each at a time of its own. */
import type { Conviction, Recorded } from '../../lab/fleet/checker/recorded.ts';
import type { Answered, Asked, Guard, HistoryEvent, OnHost, Seen, What } from '../../lab/fleet/history/event.ts';
import { checkHistory } from '../../lab/fleet/checker/check.ts';

/** What an actor does, or hears. */
export type Line = readonly [actor: string, what: What];

let calls = 0;

const NOTHING = { written: [], removed: [], requestsMade: [], requestsRemoved: [] };

/** A transaction that was asked for. */
export function ask(
  actor: string,
  asked: Partial<Asked>,
): { readonly line: Line; readonly answer: (outcome: Answered['outcome'], revision?: bigint, seen?: readonly Seen[]) => Line } {
  const call = (calls += 1);
  return {
    line: [actor, { kind: 'asked', transaction: `t${call}`, ...NOTHING, ...asked, call }],
    answer: (outcome, revision = 0n, seen = []) => [actor, { kind: 'answered', call, outcome, revision, seen }],
  };
}

const absent: Guard = { on: 'absent', revision: 0n };
export const created = (revision: bigint): Guard => ({ on: 'created', revision });
export const modified = (revision: bigint): Guard => ({ on: 'modified', revision });

export interface ClaimWish {
  readonly host?: string;
  readonly guard?: Guard;
  readonly state?: string;
  readonly ids?: readonly string[];
}

export const claiming = (
  request: string,
  functions: readonly string[],
  { host = 'h', guard = absent, state = 'claimed', ids }: ClaimWish = {},
): Partial<Asked> => ({
  written: functions.map((name) => ({ function: name, request, host, guest: request, state, guard, ...(ids === undefined ? {} : { ids }) })),
});
export const removing = (functions: readonly string[], guard: Guard, requestsRemoved: readonly string[] = []): Partial<Asked> => ({
  removed: functions.map((name) => ({ function: name, guard })),
  requestsRemoved,
});

/** Asked, and done at a revision. */
export function done(actor: string, revision: bigint, asked: Partial<Asked>): Line[] {
  const { line, answer } = ask(actor, asked);
  return [line, answer('done', revision)];
}

export const onHost = (kind: OnHost['kind'], name: string, guest: string, token: bigint, host = 'h'): Line => [
  `host-${host}`,
  { kind, host, function: name, guest, token },
];
export const attach = (name: string, guest: string, token: bigint, host = 'h'): Line[] => [
  onHost('attaching', name, guest, token, host),
  onHost('attached', name, guest, token, host),
];

const CAST: readonly Line[] = [
  ['anna', { kind: 'begins', role: 'claimer', hosts: [] }],
  ['bert', { kind: 'begins', role: 'claimer', hosts: [] }],
  ['host-h', { kind: 'begins', role: 'host', hosts: ['h'] }],
  ['host-i', { kind: 'begins', role: 'host', hosts: ['i'] }],
  ['root', { kind: 'begins', role: 'administrator', hosts: [] }],
];

export function recorded(lines: readonly Line[], claims: readonly Seen[] = [], groups: readonly (readonly string[])[] = []): Recorded {
  const events = [...CAST, ...lines].map(([actor, what], at): HistoryEvent => ({ at: BigInt(at), actor, ...what }));
  return { events, claims, groups: new Map(groups.flatMap((all) => all.map((name) => [name, all.filter((each) => each !== name)] as const))) };
}

/** Which rules were broken, each once. */
export function rulesBroken(lines: readonly Line[], claims: readonly Seen[] = [], groups: readonly (readonly string[])[] = []): Conviction['rule'][] {
  return [...new Set(checkHistory(recorded(lines, claims, groups)).map(({ rule }) => rule))].sort();
}
