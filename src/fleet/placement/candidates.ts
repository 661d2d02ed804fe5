/** The functions of a host that a wish could be fulfilled with, the best first, or why none of them can go. */
import type { Problem } from '../../errors.ts';
import { type Candidate, candidateOf, functionsOf, whyNot } from '../model/candidate.ts';
import { candidatesOf } from '../model/mapping-check.ts';
import type { Mapping, PublishedFunction } from '../model/records.ts';
import type { ClaimIndex, KeptHost } from '../model/view.ts';
import type { WantedFunction } from './wanted.ts';

/** What wishes of one guest are judged by on one host. */
export interface Sight {
  readonly host: KeptHost;
  readonly claims: ClaimIndex;
  /** Keys of what the guest has claimed there. */
  readonly own: ReadonlySet<string>;
  readonly mappings: ReadonlyMap<string, Mapping>;
  /** The host that plain addresses in the definition are of. */
  readonly home: string | undefined;
  readonly bound: ReadonlySet<number> | undefined;
}

export type WishOnHost = { readonly candidates: readonly Candidate[] } | { readonly problems: readonly Problem[] };

/** Reasons that are told for one wish. */
const REASONS = 3;

export function wishOnHost(wanted: WantedFunction, sight: Sight): WishOnHost {
  const { host, home } = sight;
  const name = host.record.host;
  if (wanted.by.kind === 'nothing') return { problems: [unfit(name, wanted.by.why, wanted.by.hint)] };
  if (wanted.by.kind === 'address' && home !== name) {
    const message =
      home === undefined
        ? `${wanted.what} is an address, and of which host is not known`
        : `${wanted.what} is a function of ${home}, and ${name} has other ones at its addresses`;
    return {
      problems: [unfit(name, message, "a mapping means functions of any host: <source mapping='NAME'/>; --from HOST says of which host addresses are")],
    };
  }
  const found = candidatesFor(wanted, sight);
  if (found.length === 0)
    return { problems: [unfit(name, `${name} has no function that is ${wanted.what}`, "'hostdev fleet mapping show' says what matches")] };
  const way = { wholeGroup: wanted.by.kind === 'mapping' ? sight.mappings.get(wanted.by.name)?.wholeGroup === true : true };
  const judged = found.map((candidate) => ({ candidate, problem: whyNot(candidate, sight.claims, way) }));
  const candidates = judged.filter(({ problem }) => problem === undefined).map(({ candidate }) => candidate);
  if (candidates.length === 0) return { problems: judged.flatMap(({ problem }) => problem ?? []).slice(0, REASONS) };
  return { candidates: byLiking(candidates, sight) };
}

function candidatesFor({ by }: WantedFunction, { host, mappings }: Sight): Candidate[] {
  if (by.kind === 'mapping') return candidatesOf({ match: mappings.get(by.name)?.match ?? [] }, host);
  if (by.kind === 'match') return candidatesOf({ match: [by.match] }, host);
  return host.record.functions.filter(({ address }) => by.kind === 'address' && address === by.address).map((each) => candidateOf(host, each));
}

/** What the guest has claimed already, what is near its memory, what takes the fewest others along; toSorted keeps the order of equals. */
function byLiking(candidates: readonly Candidate[], { own, bound }: Sight): Candidate[] {
  const isFar = ({ numaNode }: PublishedFunction): number => (bound !== undefined && numaNode !== null && !bound.has(numaNode) ? 1 : 0);
  const isOthers = ({ key }: PublishedFunction): number => (own.has(key) ? 0 : 1);
  return candidates.toSorted(
    (a, b) => isOthers(a.asked) - isOthers(b.asked) || isFar(a.asked) - isFar(b.asked) || functionsOf(a).length - functionsOf(b).length,
  );
}

/** Why a host cannot run a definition. */
export function unfit(host: string, message: string, hint: string): Problem {
  return { code: 'placement-unfit', severity: 'error', subject: host, message, hint };
}
