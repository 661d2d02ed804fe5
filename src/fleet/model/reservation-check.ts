/** Ids of IBM Z that are kept for no claim, and claims whose ids are not kept: a hostdev that knows nothing of them frees claims without their ids. */
import type { Problem } from '../../errors.ts';
import { FLEET_ROOT, zpciPrefix } from './keys.ts';
import type { Kept } from './record.ts';
import type { Reservation } from './records.ts';
import { reservationKeys } from './reservation.ts';
import { type ClaimIndex, functionWords, holderWords, type KeptClaim } from './view.ts';

interface Reserving {
  readonly claims: readonly KeptClaim[];
  readonly reservations: readonly Kept<Reservation>[];
}

export function checkReservations({ claims, reservations }: Reserving, index: ClaimIndex): Problem[] {
  const byKey = new Map(reservations.map((each) => [each.key, each.record]));
  return [...reservations.flatMap((each) => orphaned(each, index)), ...claims.flatMap((claim) => unreserved(claim, byKey))];
}

/** Whether the claim that an id came with is there. */
export function claimOfReservation({ key, record }: Kept<Reservation>, claim: KeptClaim | undefined): KeptClaim | undefined {
  return claim?.record.request === record.request && reservationKeys(claim.record).includes(key) ? claim : undefined;
}

/** `uid 0x0021`. */
export function idWords(key: string): string {
  return key.slice(zpciPrefix.length).replace('/', ' ');
}

function orphaned(reservation: Kept<Reservation>, index: ClaimIndex): Problem[] {
  const { key, record } = reservation;
  if (claimOfReservation(reservation, index.of(record.function)) !== undefined) return [];
  const message = `${idWords(key)} is kept for a claim of ${functionWords(record.function)} for ${record.guest} on ${record.host}, which is gone`;
  const hint = `hostdev fleet release ${key.slice(FLEET_ROOT.length)}`;
  return [{ code: 'zpci-orphaned', severity: 'error', subject: record.function, message, hint }];
}

function unreserved({ record }: KeptClaim, byKey: ReadonlyMap<string, Reservation>): Problem[] {
  return reservationKeys(record).flatMap((key): Problem[] => {
    const keeper = byKey.get(key);
    if (keeper?.request === record.request && keeper.function === record.function) return [];
    const now = keeper === undefined ? 'nobody keeps' : `is kept for ${functionWords(keeper.function)} now`;
    const against = keeper === undefined ? `${now} its ${idWords(key)}` : `its ${idWords(key)} ${now}`;
    const message = `${functionWords(record.function)} is claimed: ${holderWords(record)}; ${against}`;
    const hint = `detach it, and claim it again: hostdev fleet release ${record.function}`;
    return [{ code: 'claim-disagrees', severity: 'error', subject: record.function, message, hint }];
  });
}
