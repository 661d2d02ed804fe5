/** The one transaction that claims: everything that was looked at is compared in it, so that nothing can have come in between. */
import { HostdevError } from '../../errors.ts';
import { type Compare, type Operation, OPERATIONS_LIMIT, type Transaction } from '../store/store.ts';
import { type Candidate, functionsOf, virtualFunctions } from './candidate.ts';
import { claimKey, parseFunctionKey } from './keys.ts';
import { formatRecord, type Kept } from './record.ts';
import type { Claim, ClaimRequest, Mapping, PublishedFunction, ReservedIds } from './records.ts';
import { reservationCompares, reservationPuts } from './reservation.ts';

export interface ClaimWish {
  readonly request: Kept<ClaimRequest>;
  /** Of one host. */
  readonly chosen: readonly Candidate[];
  /** The mapping that they were chosen by. */
  readonly mapping: Kept<Mapping> | null;
  readonly until: string | null;
  /** Of functions of IBM Z, by their keys: what is kept for them. */
  readonly ids: ReadonlyMap<string, ReservedIds>;
}

/**
 * Claims all of it or nothing: none of the functions is claimed, nor what excludes one, nor is an id that is kept for it; the host has published nothing since; the request is there, which
 * whoever gives up deletes first. It goes with the claim, so that the same transaction can never happen a second time.
 *
 * @throws {HostdevError} `claim-too-many` for more than a transaction takes.
 */
export function claimTransaction({ request, chosen, mapping, until, ids }: ClaimWish): Transaction {
  const compares = new Map<string, Compare>();
  const compare = (one: Compare): void => void compares.set(`${one.kind} ${'key' in one ? one.key : one.prefix}`, one);
  compare({ kind: 'created', key: request.key, revision: request.created });
  if (mapping !== null) compare({ kind: 'modified', key: mapping.key, revision: mapping.modified });
  for (const candidate of chosen) {
    compare({ kind: 'modified', key: candidate.host.key, revision: candidate.host.modified });
    for (const published of functionsOf(candidate)) for (const one of exclusions(candidate, published)) compare(one);
  }
  const claims = chosen.flatMap((candidate) => claimsOf(candidate, { request: request.record, mapping, until, ids }));
  for (const claim of claims) for (const one of reservationCompares(claim)) compare(one);
  const puts = claims.flatMap((claim): Operation[] => [
    { kind: 'put', key: claimKey(claim.function), value: formatRecord<Claim>(claim) },
    ...reservationPuts(claim),
  ]);
  const transaction: Transaction = { compares: [...compares.values()], operations: [...puts, { kind: 'delete', key: request.key }] };
  if (transaction.compares.length > OPERATIONS_LIMIT || transaction.operations.length > OPERATIONS_LIMIT) {
    const count = chosen.reduce((sum, each) => sum + functionsOf(each).length, 0);
    throw new HostdevError('claim-too-many', `${count} functions are more than one claim takes`, { hint: 'claim fewer at a time' });
  }
  return transaction;
}

/** The claim itself, the physical function, the virtual ones: by what is under its key, and where keys do not say it, as its host has published them. */
function* exclusions({ host }: Candidate, published: PublishedFunction): Generator<Compare> {
  yield { kind: 'absent', key: claimKey(published.key) };
  if (published.physicalFunction !== null) yield { kind: 'absent', key: claimKey(published.physicalFunction) };
  if (parseFunctionKey(published.key)?.kind === 'address') yield { kind: 'none under', prefix: `${claimKey(published.key)}/` };
  else for (const { key } of virtualFunctions(host, published)) yield { kind: 'absent', key: claimKey(key) };
}

function claimsOf(candidate: Candidate, { request, mapping, until, ids }: Omit<ClaimWish, 'request' | 'chosen'> & { readonly request: ClaimRequest }): Claim[] {
  const all = functionsOf(candidate);
  const keptIds = (key: string): Pick<Claim, 'zpci'> => {
    const zpci = ids.get(key);
    return zpci === undefined ? {} : { zpci };
  };
  return all.map((published) => ({
    ...{ version: 1, request: request.request, function: published.key, host: candidate.host.record.host, guest: request.guest, state: 'claimed' },
    mapping: mapping?.record.name ?? null,
    together: all.filter((each) => each !== published).map(({ key }) => key),
    ...{ fingerprint: published.fingerprint, by: request.by, at: request.at, until, why: null },
    ...keptIds(published.key),
  }));
}
