/** Claiming: what is asked for is written down, functions are chosen, and one transaction has them, or none of them. */
import { HostdevError, type Problem } from '../errors.ts';
import { claimedIds } from './claimed-ids.ts';
import { type ClaimTarget, lookAt, type Sighted } from './claim-target.ts';
import type { FleetAccess } from './fleet-access.ts';
import { type Candidate, functionsOf, whyNot } from './model/candidate.ts';
import { chooseTogether, mostTogether } from './model/choose.ts';
import { claimTransaction } from './model/claim-transaction.ts';
import { claimKey, claimsPrefix, zpciPrefix } from './model/keys.ts';
import { CLAIM } from './model/record-kinds.ts';
import { type Kept, readEntry } from './model/record.ts';
import type { Claim, ClaimRequest } from './model/records.ts';
import { functionWords, indexClaims, type KeptClaim } from './model/view.ts';
import { readClaims, readClaimsAt } from './read-fleet.ts';
import { giveUp, openRequest } from './request.ts';
import { type Clear, makeClear } from './store/make-clear.ts';
import type { Entry, Transaction } from './store/store.ts';

export interface ClaimOptions {
  readonly target: ClaimTarget;
  /** As people read it: `gpu-a10`, `kvm1/0000:3b:00.0`. */
  readonly what: string;
  readonly guest: string;
  /** Only functions of this host. */
  readonly host?: string | undefined;
  readonly count: number;
  /** Of one function: the rest of its group as well. A mapping says that itself. */
  readonly wholeGroup: boolean;
  /** Keys of functions that are not chosen, nor taken along. */
  readonly except?: ReadonlySet<string>;
  readonly until: string | null;
}

/** What is claimed, with tokens; in a dry run what would be tried first. */
export interface Claimed {
  readonly request: string;
  readonly claims: readonly KeptClaim[];
}

/** As often as others may be faster; whoever chooses at random needs some six. */
const TRIES = 64;

/**
 * Claims so many functions of one host for a guest.
 *
 * Nothing of it is left when it fails: the request is taken away first, so that an answer that was lost on its way comes too late.
 *
 * @throws {HostdevError} `claim-none-free`, `claim-held`, `claim-impossible`, `claim-too-many`, `fleet-unclear`; and what `lookAt` refuses.
 */
export async function claimFunctions(access: FleetAccess, options: ClaimOptions, signal?: AbortSignal): Promise<Claimed> {
  const first = await lookAt(access.store, options.target, options.host, signal);
  // What cannot be had is refused without a trace.
  choose(first, options, access);
  const request = await openRequest(access, options, signal);
  /** Keys of claims that may exist although nobody has said so. */
  const open = new Set<string>();
  try {
    return await claimByRequest(access, options, { request, first, open }, signal);
  } catch (error) {
    await giveUp(access.store, request);
    // A transaction of which nobody has told may have happened before.
    const ours = await ownClaims(access, request, open);
    if (ours.length === 0) throw error;
    return { request: request.record.request, claims: ours };
  }
}

/** What would be claimed: as another one may be chosen then, an example. */
export async function planClaim(access: Pick<FleetAccess, 'store' | 'random'>, options: ClaimOptions, signal?: AbortSignal): Promise<readonly Candidate[]> {
  return choose(await lookAt(access.store, options.target, options.host, signal), options, access);
}

interface Begun {
  readonly request: Kept<ClaimRequest>;
  readonly first: Sighted;
  readonly open: Set<string>;
}

async function claimByRequest(access: FleetAccess, options: ClaimOptions, { request, first, open }: Begun, signal?: AbortSignal): Promise<Claimed> {
  const look = async (): Promise<Sighted> => lookAt(access.store, options.target, options.host, signal);
  let sighted = first;
  const idsFor = claimedIds(access.store, signal);
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (signal?.aborted === true) throw new HostdevError('interrupted', 'the claim was interrupted before it was made');
    const chosen = choose(sighted, options, access);
    // What is shown before is what is had, unless somebody else was faster.
    const ids = await idsFor(chosen, tries === 0 ? undefined : access.random);
    const transaction = claimTransaction({ request, chosen, mapping: sighted.mapping, until: options.until, ids });
    const keys = chosen.flatMap(functionsOf).map(({ key }) => claimKey(key));
    const [proof = ''] = keys;
    const isOurs = (entry: Entry): boolean => readEntry(entry, CLAIM).record.request === request.record.request;
    for (const key of keys) open.add(key);
    const answer = await makeClear(access.store, transaction, { key: proof, isOurs }, signal);
    if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
    if (answer.outcome === 'done') return { request: request.record.request, claims: madeBy(transaction, answer.revision) };
    if (!answer.mayComeLate) for (const key of keys) open.delete(key);
    if (!answer.current.some(({ key, created }) => key === request.key && created === request.created)) throw givenUp(request);
    sighted = isOnlyClaims(answer, sighted) ? await withClaims(sighted, access, signal) : await look();
  }
  throw new HostdevError('claim-none-free', `others were faster ${TRIES} times in claiming ${options.what}`, { hint: 'again, when fewer ask at once' });
}

/** The claims as they came to be: their token is the revision of the transaction. */
function madeBy({ operations }: Transaction, revision: bigint): KeptClaim[] {
  return operations.flatMap((each) =>
    each.kind === 'put' && each.key.startsWith(claimsPrefix)
      ? readEntry({ key: each.key, value: each.value, created: revision, modified: revision }, CLAIM)
      : [],
  );
}

/** Whether nothing but claims of others has come in between: then what was read of the hosts is still so. */
function isOnlyClaims({ current }: Extract<Clear, { outcome: 'refused' }>, { view, mapping }: Sighted): boolean {
  const modified = new Map(current.map((entry) => [entry.key, entry.modified]));
  const isSame = ({ key, modified: read }: { key: string; modified: bigint }): boolean => !modified.has(key) || modified.get(key) === read;
  const isThere = current.some(({ key }) => key.startsWith(claimsPrefix) || key.startsWith(zpciPrefix));
  return isThere && view.hosts.every(isSame) && (mapping === null || isSame(mapping));
}

/** All claims anew: who learns of one at a time is refused once for each that others have made meanwhile. */
async function withClaims(sighted: Sighted, { store }: FleetAccess, signal?: AbortSignal): Promise<Sighted> {
  return { ...sighted, view: { ...sighted.view, claims: (await readClaims(store, signal)).kept } };
}

/** @throws {HostdevError} why there are not enough. */
function choose(sighted: Sighted, options: ClaimOptions, access: Pick<FleetAccess, 'random'>): readonly Candidate[] {
  const judged = judgeCandidates(sighted, options);
  const chosen = chooseTogether(freeOf(judged), options.count, access.random);
  if (chosen !== undefined) return chosen;
  throw noneFree(options, judged, sighted.view.problems);
}

/** A candidate, and why it cannot be had. */
interface Judged {
  readonly candidate: Candidate;
  readonly problem: Problem | undefined;
}

function judgeCandidates({ view, candidates, mapping }: Sighted, { wholeGroup, except = new Set() }: ClaimOptions): readonly Judged[] {
  const claims = indexClaims(view.claims);
  const way = { wholeGroup: mapping?.record.wholeGroup ?? wholeGroup };
  return candidates.map((candidate) => ({ candidate, problem: spokenFor(candidate, except) ?? whyNot(candidate, claims, way) }));
}

function spokenFor(candidate: Candidate, except: ReadonlySet<string>): Problem | undefined {
  const found = functionsOf(candidate).find(({ key }) => except.has(key));
  if (found === undefined) return undefined;
  const message = `${functionWords(found.key)} is named otherwise in what is asked for`;
  return { code: 'claim-impossible', severity: 'error', subject: candidate.asked.key, message, hint: 'leave one of the two out' };
}

function freeOf(judged: readonly Judged[]): Candidate[] {
  return judged.filter(({ problem }) => problem === undefined).map(({ candidate }) => candidate);
}

/** Reasons that are told; the rest is counted. */
const REASONS = 8;

function noneFree({ what, count, host, target }: ClaimOptions, judged: readonly Judged[], unread: readonly Problem[]): HostdevError {
  const reasons = judged.flatMap(({ problem }) => problem ?? []);
  const [only] = reasons;
  if (target.kind !== 'mapping' && judged.length === 1 && only !== undefined) return HostdevError.from(only);
  const where = host === undefined ? 'on any host' : `on ${host}`;
  return new HostdevError('claim-none-free', `${count} of ${what} cannot be claimed ${where}: ${mostWords(judged)}`, {
    subject: what,
    hint:
      judged.length === 0 && target.kind === 'mapping'
        ? `'hostdev fleet mapping show ${target.name}' says what it matches`
        : "'hostdev fleet claims' says who has them",
    others: [...reasons.slice(0, REASONS), ...unread.slice(0, REASONS)],
  });
}

/** `none of 3 is free`, or how many there are on each host. */
function mostWords(judged: readonly Judged[]): string {
  const byHost = new Map<string, Candidate[]>();
  for (const each of freeOf(judged)) byHost.set(each.host.record.host, [...(byHost.get(each.host.record.host) ?? []), each]);
  if (byHost.size === 0) return judged.length === 0 ? 'nothing matches' : `none of ${judged.length} is free`;
  const most = [...byHost].map(([name, own]) => `${mostTogether(own)} on ${name}`);
  return `a guest has all on one host, and there are ${most.slice(0, REASONS).join(', ')}${most.length > REASONS ? ', …' : ''}`;
}

function givenUp({ record }: Kept<ClaimRequest>): HostdevError {
  return new HostdevError('claim-changed', `somebody has given up the request for ${record.what} before it was fulfilled`, {
    subject: record.request,
    hint: 'run it again when it is still wanted',
  });
}

/** Those of claims that may be there which came from this request. */
async function ownClaims({ store }: FleetAccess, { record }: Kept<ClaimRequest>, open: ReadonlySet<string>): Promise<Kept<Claim>[]> {
  const keys = [...open];
  const found: KeptClaim[] = [];
  for (let at = 0; at < keys.length; at += 100) found.push(...(await readClaimsAt(store, keys.slice(at, at + 100))));
  return found.filter((claim) => claim.record.request === record.request);
}
