/** One run takes a function from a guest and gives it to another one, or to the same one otherwise: the claim of the first makes way, and is there again when nothing stays. */
import type { Change } from '../plan/change.ts';
import { commitClaims } from './commit-claims.ts';
import { changedFunctions } from './model/changed-functions.ts';
import type { HeldClaim } from './model/claims-of-change.ts';
import { isForGuest } from './model/guest-of-claim.ts';
import { claimKey } from './model/keys.ts';
import { formatRecord, readEntry } from './model/record.ts';
import { CLAIM } from './model/record-kinds.ts';
import type { Claim } from './model/records.ts';
import { reservationCompares, reservationPuts } from './model/reservation.ts';
import { transition } from './model/transition.ts';
import type { KeptClaim } from './model/view.ts';
import type { FleetStore } from './store/store.ts';

/** A claim that made way. */
export interface HandedOver extends Pick<HeldClaim, 'key' | 'address'> {
  readonly claim: KeptClaim;
  /** `claimed` where its own guest gets the function again. */
  readonly to: 'claimed' | 'free';
}

/** @throws {HostdevError} `fleet-changed`, `fleet-unclear`. */
export async function handOver(store: FleetStore, held: readonly HeldClaim[], changes: readonly Change[], host: string): Promise<readonly HandedOver[]> {
  const coming = new Map(changedFunctions(changes).flatMap(({ way, address, guest }) => (way === 'attach' ? [[address, guest] as const] : [])));
  const going = held.filter(({ way, address }) => way === 'detach' && coming.has(address));
  if (going.length === 0) return [];
  const { entries } = await store.get(going.map(({ key }) => claimKey(key)));
  const found = new Map(entries.map((entry) => [entry.key, readEntry(entry, CLAIM)]));
  const handed: HandedOver[] = [];
  for (const { key, address, token } of going) {
    const [claim, guest] = [found.get(claimKey(key)), coming.get(address)];
    if (claim === undefined || guest === undefined || claim.created !== token || claim.record.state !== 'releasing') continue;
    const to = isForGuest(claim.record, guest) ? 'claimed' : 'free';
    await commitClaims(store, transition([claim], { to, hand: 'host', host }));
    handed.push({ key, address, claim, to });
  }
  return handed;
}

/** Its guest has the function again: the claim is as it was, where nobody else was faster. @throws {HostdevError} `fleet-changed`, `fleet-unclear`. */
export async function claimAgain(store: FleetStore, { record, key }: KeptClaim): Promise<void> {
  const claim: Claim = { ...record, state: 'attached' };
  await commitClaims(store, {
    compares: [{ kind: 'absent', key }, ...reservationCompares(claim)],
    operations: [{ kind: 'put', key, value: formatRecord<Claim>(claim) }, ...reservationPuts(claim)],
  });
}
