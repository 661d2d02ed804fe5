/** What a mapping means in the fleet as it is: which functions match, which of them could go now, and what is wrong with how it is written. */
import type { Problem } from '../../errors.ts';
import { type Candidate, candidateOf, whyNot } from './candidate.ts';
import { formatMatch, matches } from './mapping-match.ts';
import type { Mapping, MappingMatch, PublishedFunction } from './records.ts';
import { type FleetView, functionWords, indexClaims, type KeptHost } from './view.ts';

/** A function that matches, and why it cannot be claimed now. */
export interface MappedFunction {
  readonly candidate: Candidate;
  readonly problem: Problem | undefined;
}

export interface CheckedMapping {
  readonly functions: readonly MappedFunction[];
  /** Warnings: a mapping is what somebody wants, whatever there is now. */
  readonly problems: readonly Problem[];
}

/** The functions of a host that any of the matches has. */
export function candidatesOf(mapping: Pick<Mapping, 'match'>, host: KeptHost): Candidate[] {
  return host.record.functions.filter(matching(mapping, host)).map((each) => candidateOf(host, each));
}

/** Whether a host has any: of one that has none nothing has to be kept to say all that there is to say of a mapping. */
export function hasMatch(mapping: Pick<Mapping, 'match'>, host: KeptHost): boolean {
  return host.record.functions.some(matching(mapping, host));
}

function matching({ match }: Pick<Mapping, 'match'>, { record }: KeptHost): (each: PublishedFunction) => boolean {
  return (each) => match.some((one) => matches(one, record.host, each));
}

export function checkMapping(mapping: Mapping, view: FleetView): CheckedMapping {
  const claims = indexClaims(view.claims);
  const functions = view.hosts.flatMap((host) => candidatesOf(mapping, host).map((candidate) => ({ candidate, problem: whyNot(candidate, claims, mapping) })));
  return { functions, problems: [...unmatched(mapping, view), ...contained(mapping), ...differing(mapping, functions), ...never(mapping, functions)] };
}

function unmatched({ name, match }: Mapping, { hosts }: FleetView): Problem[] {
  return match
    .filter((each) => !hosts.some(({ record }) => record.functions.some((published) => matches(each, record.host, published))))
    .map((each) =>
      mismatch(
        name,
        `"${formatMatch(each)}" matches no function of the fleet`,
        'see hostdev list on a host that has one: ids, class and network are as it prints them',
      ),
    );
}

/** One of several says nothing that another does not say as well. */
function contained({ name, match }: Mapping): Problem[] {
  const within = (one: MappingMatch, other: MappingMatch): boolean => Object.entries(other).every(([key, value]) => one[key as keyof MappingMatch] === value);
  return match
    .filter((one, at) => match.some((other, index) => index !== at && within(one, other) && (index < at || !within(other, one))))
    .map((one) => mismatch(name, `"${formatMatch(one)}" matches only what another match has already`, 'leave it out, or make the other one narrower'));
}

/** Functions that a guest gets one of have to be of one kind: it sees other ids otherwise. */
function differing({ name }: Mapping, functions: readonly MappedFunction[]): Problem[] {
  const byIds = new Map<string, { readonly first: string; count: number }>();
  for (const { candidate } of functions) {
    const { vendor, device, key } = candidate.asked;
    const ids = `${vendor.replace('0x', '')}:${device.replace('0x', '')}`;
    const known = byIds.get(ids);
    if (known === undefined) byIds.set(ids, { first: key, count: 1 });
    else known.count += 1;
  }
  if (byIds.size < 2) return [];
  const kinds = [...byIds].map(([ids, { first, count }]) => `${ids} (${functionWords(first)}${count === 1 ? '' : ` and ${count - 1} more`})`);
  return [
    mismatch(
      name,
      `functions of different kinds match: ${kinds.join(', ')}`,
      'a guest gets any of them: make mappings of one kind each, unless its drivers know all',
    ),
  ];
}

/** What speaks against a function whatever is claimed. */
function never({ name }: Mapping, functions: readonly MappedFunction[]): Problem[] {
  return functions.flatMap(({ problem }) =>
    problem === undefined || problem.code === 'claim-held' ? [] : [{ ...mismatch(name, problem.message, problem.hint ?? ''), severity: 'warning' as const }],
  );
}

function mismatch(name: string, message: string, hint: string): Problem {
  return { code: 'mapping-mismatch', severity: 'warning', subject: name, message, hint };
}
