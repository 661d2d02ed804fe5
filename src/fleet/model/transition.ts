/** The way of a claim: which state may follow which, and by whose hand. Each step is one transaction that is held against what was read. */
import { HostdevError, type Problem } from '../../errors.ts';
import type { Compare, Operation, Transaction } from '../store/store.ts';
import { formatRecord } from './record.ts';
import type { Claim, ClaimState } from './records.ts';
import { reservationDeletions } from './reservation.ts';
import { functionWords, holderWords, type KeptClaim } from './view.ts';

/** `claimer`: whoever may claim; `host`: the agent and the commands of the claim's host; `fence`: an administrator who has seen that the host is off. */
export type Hand = 'claimer' | 'host' | 'fence';

/** Where a claim goes; free is no claim. */
export type NextState = ClaimState | 'free';

const HOST: readonly Hand[] = ['host'];
const FREED_BY_ANYBODY: readonly Hand[] = ['claimer', 'host', 'fence'];
const FREED_BY_HOST: readonly Hand[] = ['host', 'fence'];

/**
 * What is not here is refused. A claimer takes back only what no host has begun with, or what its host has said is gone; a host does not go past
 * `attaching`, but where it finds that its guest has the function already.
 */
const WAYS: Readonly<Record<ClaimState, Readonly<Partial<Record<NextState, readonly Hand[]>>>>> = {
  claimed: { attaching: HOST, attached: HOST, lost: HOST, free: FREED_BY_ANYBODY },
  attaching: { attached: HOST, claimed: HOST, lost: HOST, stuck: HOST, free: FREED_BY_HOST },
  attached: { releasing: HOST, claimed: HOST, lost: HOST, stuck: HOST, free: ['fence'] },
  releasing: { attached: HOST, claimed: HOST, lost: HOST, stuck: HOST, free: FREED_BY_HOST },
  lost: { claimed: HOST, attached: HOST, stuck: HOST, free: FREED_BY_ANYBODY },
  stuck: { claimed: HOST, attached: HOST, lost: HOST, free: FREED_BY_HOST },
};

export interface Transition {
  readonly to: NextState;
  readonly hand: Hand;
  /** Of `host`: which one. */
  readonly host?: string;
  /** Of `lost`, `stuck` and what was found: why. */
  readonly why?: string | null;
}

/** Whether a claim may go there, as data; undefined when it may. */
export function transitionProblem({ record }: KeptClaim, { to, hand, host }: Transition): Problem | undefined {
  const what = `${functionWords(record.function)} is claimed`;
  const refused = (message: string, hint: string): Problem => ({ code: 'claim-state', severity: 'error', subject: record.function, message, hint });
  if (hand === 'host' && host !== record.host) return refused(`${what} for ${record.host}, not for ${host ?? 'this host'}`, `do it on ${record.host}`);
  if (WAYS[record.state][to]?.includes(hand) === true) return undefined;
  if (to === 'free') return refused(`${what}: ${holderWords(record)}`, hintToFree(record));
  return refused(`${what}, and goes from ${record.state} to ${to} by no ${hand}`, hintToFree(record));
}

/** What has to come before a claim in that state can be given back. */
function hintToFree({ state, host, guest, function: key }: Claim): string {
  if (state === 'stuck') return `'hostdev recover' on ${host}; if that host is off for good: hostdev fleet forget ${host} --fenced`;
  const named = functionWords(key).split(' ')[1] ?? key;
  return `detach it first, on ${host}: hostdev detach ${guest} ${named}; if that host is off for good: hostdev fleet forget ${host} --fenced`;
}

/**
 * One step of claims that go together: all of them, or none.
 *
 * @throws {HostdevError} `claim-state` for a step that there is not.
 */
export function transition(claims: readonly KeptClaim[], step: Transition): Transaction {
  const problems = claims.flatMap((kept) => transitionProblem(kept, step) ?? []);
  const [first, ...others] = problems;
  if (first !== undefined) throw HostdevError.all(first, others);
  return { compares: claims.flatMap(asRead), operations: claims.flatMap((kept) => operationsOf(kept, step)) };
}

/** The claim as it was read: the same one (its token), written last then, and so in the state that was read. */
function asRead({ key, created, modified }: KeptClaim): Compare[] {
  return [
    { kind: 'created', key, revision: created },
    { kind: 'modified', key, revision: modified },
  ];
}

/** Why of a claim that a host made of what it found: somebody gave the function away past the fleet. */
export const FOREIGN = 'foreign';

function operationsOf({ key, record }: KeptClaim, { to, why }: Transition): Operation[] {
  if (to === 'free') return [{ kind: 'delete', key }, ...reservationDeletions(record)];
  // What was only found is that also while its guest is to give it back, and when it does not.
  const stays = record.why === FOREIGN && (to === 'releasing' || to === 'attached') ? FOREIGN : null;
  return [{ kind: 'put', key, value: formatRecord<Claim>({ ...record, state: to, why: why ?? stays }) }];
}

/** A host finds that a guest has a function that nobody claimed: it is told, so that nobody else gets it. Whatever excludes it is there all the same. */
export function foreignTransaction(claim: Omit<Claim, 'version' | 'state' | 'why' | 'until' | 'mapping' | 'together' | 'zpci'>, key: string): Transaction {
  const found: Claim = { version: 1, ...claim, state: 'attached', mapping: null, together: [], until: null, why: FOREIGN };
  return { compares: [{ kind: 'absent', key }], operations: [{ kind: 'put', key, value: formatRecord<Claim>(found) }] };
}
