/** What would be claimed together, and why it cannot be: what its host has judged, what others have claimed. */
import type { ErrorCode, Problem } from '../../errors.ts';
import type { PublishedFunction } from './records.ts';
import { type ClaimIndex, functionWords, holderWords, type KeptClaim, type KeptHost, publishedFunction } from './view.ts';

/** A function that was asked for, and what has to go with it: all of it is claimed, or nothing. */
export interface Candidate {
  readonly host: KeptHost;
  readonly asked: PublishedFunction;
  /** The rest of its group. */
  readonly companions: readonly PublishedFunction[];
  /** Keys of companions that its host has not published: nothing is known of them. */
  readonly absent: readonly string[];
}

export function candidateOf(host: KeptHost, asked: PublishedFunction): Candidate {
  const others = asked.companions.map((key) => ({ key, published: publishedFunction(host.record, key) }));
  return {
    host,
    asked,
    companions: others.flatMap(({ published }) => published ?? []),
    absent: others.filter(({ published }) => published === undefined).map(({ key }) => key),
  };
}

/** All that is claimed with a candidate. */
export function functionsOf({ asked, companions }: Candidate): readonly PublishedFunction[] {
  return [asked, ...companions];
}

/** Whether the rest of a group goes along; without it a function of a group of several is not given. */
export interface ClaimWay {
  readonly wholeGroup: boolean;
}

/** Why a candidate cannot be claimed now; undefined when nothing speaks against it. */
export function whyNot(candidate: Candidate, claims: ClaimIndex, { wholeGroup }: ClaimWay): Problem | undefined {
  const { host, asked } = candidate;
  const [problem] = host.record.problems;
  if (problem !== undefined)
    return against(asked, 'claim-impossible', `${host.record.host} gives nothing: ${problem}`, `'hostdev check' on ${host.record.host}`);
  // Who has it comes first: whoever asked for the whole group would hear that next, and lists say so of it too.
  const own = claims.of(asked.key);
  if (own !== undefined) return claimed(asked, own, 'is claimed');
  return againstGroup(candidate, wholeGroup) ?? firstOf(functionsOf(candidate), (each) => claimAgainst(each, host, claims) ?? verdictAgainst(each));
}

function againstGroup({ asked, companions, absent }: Candidate, wholeGroup: boolean): Problem | undefined {
  const [unknown] = absent;
  if (unknown !== undefined) {
    return against(asked, 'claim-impossible', `its IOMMU group has ${functionWords(unknown)}, which its host has not published`, 'see the agent of that host');
  }
  if (wholeGroup || companions.length === 0) return undefined;
  const rest = companions.map(({ key }) => functionWords(key)).join(', ');
  return against(asked, 'claim-impossible', `it goes only with the rest of its IOMMU group: ${rest}`, 'ask for the whole group');
}

/** Another claim of the function, of its physical one, or of one of its virtual ones. */
function claimAgainst(published: PublishedFunction, host: KeptHost, claims: ClaimIndex): Problem | undefined {
  const own = claims.of(published.key);
  if (own !== undefined) return claimed(published, own, 'is claimed');
  const physical = published.physicalFunction === null ? undefined : claims.of(published.physicalFunction);
  if (physical !== undefined) return claimed(published, physical, 'is of a physical function that is claimed');
  const virtual = claims.below(published.key) ?? firstOf(virtualFunctions(host, published), ({ key }) => claims.of(key));
  return virtual === undefined ? undefined : claimed(published, virtual, `has a virtual function that is claimed (${functionWords(virtual.record.function)})`);
}

/** The virtual functions that its host has published of it. */
export function virtualFunctions({ record }: KeptHost, { key }: PublishedFunction): readonly PublishedFunction[] {
  return record.functions.filter(({ physicalFunction }) => physicalFunction === key);
}

function claimed(published: PublishedFunction, { record }: KeptClaim, what: string): Problem {
  const message = `${functionWords(published.key)} ${what}: ${holderWords(record)}`;
  return { code: 'claim-held', severity: 'error', subject: published.key, message, hint: `'hostdev fleet release ${record.function}' gives it back` };
}

function verdictAgainst(published: PublishedFunction): Problem | undefined {
  const { verdict, evidence, heldBy } = published;
  if (verdict === 'free') return undefined;
  const why = evidence.length === 0 ? '' : `: ${evidence.join('; ')}`;
  const hint = verdict === 'held' && heldBy.length > 0 ? `detach it from ${heldBy.join(', ')} first` : 'see hostdev check on its host';
  return against(published, 'claim-impossible', `its host says ${verdict}${why}`, hint);
}

function against({ key }: PublishedFunction, code: ErrorCode, why: string, hint: string): Problem {
  return { code, severity: 'error', subject: key, message: `${functionWords(key)} cannot be claimed: ${why}`, hint };
}

/** The first answer that is one. */
function firstOf<T, R>(all: readonly T[], ask: (each: T) => R | undefined): R | undefined {
  for (const each of all) {
    const answer = ask(each);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
