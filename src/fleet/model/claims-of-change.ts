/** What a change of a guest needs of its fleet's claims, and what becomes of them when it has ended. */
import { HostdevError, type Problem } from '../../errors.ts';
import type { Transition as Change } from '../../plan/transition.ts';
import type { Compare, Operation, Transaction } from '../store/store.ts';
import { type ChangedFunction, changedFunctions } from './changed-functions.ts';
import { claimKey, parseFunctionKey } from './keys.ts';
import { formatRecord } from './record.ts';
import { isForGuest } from './guest-of-claim.ts';
import type { Claim, ReservedIds } from './records.ts';
import { reservationCompares, reservationPuts } from './reservation.ts';
import { cardDifferences } from './same-card.ts';
import { type NextState, transition } from './transition.ts';
import { functionWords, holderWords, type KeptClaim } from './view.ts';

/** A function that a change is about, as its host sees it now. */
export interface HeldFunction extends ChangedFunction {
  /** `formatFunctionKey`. */
  readonly key: string;
  /** Function keys of the rest of its group. */
  readonly companions: readonly string[];
  readonly fingerprint: string;
  /** On IBM Z: what a claim that is made on the way keeps for it. */
  readonly zpci?: ReservedIds;
}

/** What holds for every claim of one change. */
export interface ClaimRules {
  readonly host: string;
  readonly requireClaims: boolean;
  readonly by: string;
  readonly at: string;
  /** The uuid of claims that this change makes itself. */
  readonly request: string;
  /** That those name, by the function's address. */
  readonly mappings: ReadonlyMap<string, string>;
}

/** A claim that a change is made under. */
export interface HeldClaim extends Pick<HeldFunction, 'key' | 'address' | 'way'> {
  /** undefined of one that comes with the change: the revision of its transaction is its token. */
  readonly token: bigint | undefined;
  /** Where it goes when the change was not made. */
  readonly back: NextState;
}

export interface ClaimPlan {
  readonly transaction: Transaction;
  readonly held: readonly HeldClaim[];
}

/** @throws {HostdevError} `claim-held`, `claim-missing`, `claim-state`, `fleet-other-card`. */
export function planClaims(functions: readonly HeldFunction[], claims: readonly KeptClaim[], rules: ClaimRules): ClaimPlan {
  const byKey = new Map(claims.map((kept) => [kept.record.function, kept]));
  const problems: Problem[] = [];
  const parts: Part[] = functions.flatMap((each) => {
    const part = each.way === 'attach' ? attachPart(each, byKey, rules) : detachPart(each, byKey.get(each.key), rules);
    if (part === undefined) return [];
    if (!('code' in part)) return [part];
    problems.push(part);
    return [];
  });
  const [first, ...others] = problems;
  if (first !== undefined) throw HostdevError.all(first, others);
  const compares = new Map(parts.flatMap((part) => part.compares.map((each) => [JSON.stringify({ ...each, revision: undefined }), each] as const)));
  return {
    transaction: { compares: [...compares.values()], operations: parts.flatMap(({ operations }) => operations) },
    held: parts.flatMap(({ held }) => held),
  };
}

interface Part extends Transaction {
  readonly held: readonly HeldClaim[];
}

function attachPart(each: HeldFunction, claims: ReadonlyMap<string, KeptClaim>, rules: ClaimRules): Part | Problem {
  const claim = claims.get(each.key);
  const mates = companionCompares(each, claims, rules);
  if (!Array.isArray(mates)) return mates;
  if (claim === undefined) return ownClaim(each, mates, rules);
  const { record, created } = claim;
  if (!isFor(record, each, rules)) return problem('claim-held', each.key, `${functionWords(each.key)} is claimed: ${holderWords(record)}`, releaseHint(record));
  const [difference] = cardDifferences(record.fingerprint, each.fingerprint);
  if (difference !== undefined) {
    return problem('fleet-other-card', each.key, `${functionWords(each.key)} is not the card that was claimed: ${difference}`, AGENT_HINT);
  }
  const going = { to: 'attaching', hand: 'host', host: rules.host } as const;
  if (record.state !== 'claimed' && record.state !== 'attaching' && record.state !== 'attached') {
    const why = record.why === null ? '' : ` (${record.why})`;
    return problem('claim-state', each.key, `the claim of ${functionWords(each.key)} is ${record.state}${why}`, AGENT_HINT);
  }
  // A guest that has it in one part gets it in another one as well; one that was killed while attaching begins again.
  const step = record.state === 'claimed' ? transition([claim], going) : { compares: asRead(claim), operations: [] };
  const back = record.state === 'attached' ? 'attached' : 'claimed';
  return { compares: [...step.compares, ...mates], operations: step.operations, held: [{ ...named(each), token: created, back }] };
}

/** A host claims for itself what nobody has claimed, unless the fleet wants to be asked first. */
function ownClaim(each: HeldFunction, mates: readonly Compare[], rules: ClaimRules): Part | Problem {
  const { key, guest } = each;
  if (rules.requireClaims) {
    const hint = `hostdev fleet claim ${key} --for ${guest.name}`;
    return problem('claim-missing', key, `${functionWords(key)} is not claimed for ${guest.name}, and this fleet gives nothing without a claim`, hint);
  }
  const { host, by, at, request, mappings } = rules;
  const mapping = mappings.get(each.address) ?? null;
  const claim: Claim = {
    ...{ version: 1, request, function: key, host, guest: guest.name, state: 'attaching', mapping, together: [], by, at },
    ...{ fingerprint: each.fingerprint, until: null, why: null },
    ...(each.zpci === undefined ? {} : { zpci: each.zpci }),
  };
  const operations: Operation[] = [{ kind: 'put', key: claimKey(key), value: formatRecord(claim) }, ...reservationPuts(claim)];
  return {
    compares: [{ kind: 'absent', key: claimKey(key) }, ...reservationCompares(claim), ...exclusions(key), ...mates],
    operations,
    held: [{ ...named(each), token: undefined, back: 'free' }],
  };
}

/** A physical function goes without its virtual ones, and they without it. */
function exclusions(key: string): Compare[] {
  const kind = parseFunctionKey(key)?.kind;
  if (kind === 'address') return [{ kind: 'none under', prefix: `${claimKey(key)}/` }];
  return kind === 'virtual' ? [{ kind: 'absent', key: claimKey(key.replace(/\/vf\/\d+$/, '')) }] : [];
}

/** The rest of a group is nobody else's: a group belongs to one guest. */
function companionCompares(each: HeldFunction, claims: ReadonlyMap<string, KeptClaim>, rules: ClaimRules): Compare[] | Problem {
  const compares: Compare[] = [];
  for (const mate of each.companions) {
    const claim = claims.get(mate);
    if (claim === undefined) compares.push({ kind: 'absent', key: claimKey(mate) });
    else if (isFor(claim.record, each, rules)) compares.push({ kind: 'created', key: claim.key, revision: claim.created });
    else {
      const words = `${functionWords(mate)}, of the IOMMU group of ${functionWords(each.key)}, is claimed: ${holderWords(claim.record)}`;
      return problem('claim-held', each.key, words, releaseHint(claim.record));
    }
  }
  return compares;
}

/** A claim that is none of this guest's says nothing of what it gives back; one that is somewhere else on its way is its agent's to bring in order. */
function detachPart(each: HeldFunction, claim: KeptClaim | undefined, rules: ClaimRules): Part | undefined {
  if (claim === undefined || !isFor(claim.record, each, rules) || claim.record.state !== 'attached') return undefined;
  const step = transition([claim], { to: 'releasing', hand: 'host', host: rules.host });
  return { ...step, held: [{ ...named(each), token: claim.created, back: 'attached' }] };
}

function named({ key, address, way }: HeldFunction): Pick<HeldClaim, 'key' | 'address' | 'way'> {
  return { key, address, way };
}

function isFor(claim: Claim, { guest }: HeldFunction, { host }: ClaimRules): boolean {
  return claim.host === host && isForGuest(claim, guest);
}

function asRead({ key, created, modified }: KeptClaim): Compare[] {
  return [
    { kind: 'created', key, revision: created },
    { kind: 'modified', key, revision: modified },
  ];
}

const AGENT_HINT = "'hostdev agent --once' looks what is so; 'hostdev fleet check' says what to do";

function releaseHint({ function: key }: Claim): string {
  return `'hostdev fleet release ${key}' gives it back`;
}

function problem(code: Problem['code'], subject: string, message: string, hint: string): Problem {
  return { code, severity: 'error', subject, message, hint };
}

/** How a change ended. */
export interface Ended {
  readonly done: readonly Change[];
  /** Neither done nor undone. */
  readonly left: readonly Change[];
  /** What becomes of the claim of a function that its guest has given back. */
  readonly afterDetach: Extract<NextState, 'free' | 'claimed'>;
}

/** Where each claim goes by how its change ended; those that stay where they are, are left out. */
export function claimEnds(held: readonly HeldClaim[], { done, left, afterDetach }: Ended): (Pick<HeldClaim, 'key' | 'token'> & { readonly to: NextState })[] {
  const namesOf = (changes: readonly Change[]): ReadonlySet<string> => new Set(changedFunctions(changes).map(({ address }) => address));
  const [made, stuck] = [namesOf(done), namesOf(left)];
  return held.flatMap(({ key, token, address, way, back }) => {
    const to: NextState = stuck.has(address) ? 'stuck' : !made.has(address) ? back : way === 'attach' ? 'attached' : afterDetach;
    return to === 'attached' && back === 'attached' && way === 'attach' ? [] : [{ key, token, to }];
  });
}
