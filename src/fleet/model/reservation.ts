/** Ids of IBM Z that a claim keeps: they come with it, in its transaction, and go with it. The store itself gives each once, by a key of its own. */
import type { Compare, Operation } from '../store/store.ts';
import { zpciKey } from './keys.ts';
import { formatRecord } from './record.ts';
import type { Claim, Reservation } from './records.ts';

/** That nobody has them; part of the transaction that claims. */
export function reservationCompares(claim: Pick<Claim, 'zpci'>): Compare[] {
  return reservationKeys(claim).map((key) => ({ kind: 'absent', key }));
}

export function reservationPuts(claim: Claim): Operation[] {
  const { function: of, request, host, guest } = claim;
  const value = formatRecord<Reservation>({ version: 1, function: of, request, host, guest });
  return reservationKeys(claim).map((key) => ({ kind: 'put', key, value }));
}

/**
 * Part of the transaction that takes the claim away. That the claim is still the one that was read is compared there: while it is, its ids are its own,
 * and nobody else's are taken by a deletion that comes late.
 */
export function reservationDeletions(claim: Pick<Claim, 'zpci'>): Operation[] {
  return reservationKeys(claim).map((key) => ({ kind: 'delete', key }));
}

/** None where it keeps no ids. */
export function reservationKeys({ zpci }: Pick<Claim, 'zpci'>): string[] {
  return zpci === undefined ? [] : [zpciKey('uid', zpci.uid), zpciKey('fid', zpci.fid)];
}
