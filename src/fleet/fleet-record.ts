/** Making a fleet in a store, and finding the one that is there. */
import { randomUUID } from 'node:crypto';
import { HostdevError } from '../errors.ts';
import { FLEET, type FleetRecord } from './model/fleet-record.ts';
import { fleetKey } from './model/keys.ts';
import { formatRecord, type Kept, readEntry } from './model/record.ts';
import { makeClear } from './store/make-clear.ts';
import type { FleetStore } from './store/store.ts';

export async function readFleet(store: FleetStore, signal?: AbortSignal): Promise<Kept<FleetRecord> | undefined> {
  const { entries } = await store.get([fleetKey], signal);
  return entries[0] === undefined ? undefined : readEntry(entries[0], FLEET);
}

/** @throws {HostdevError} `fleet-unknown` where nobody has made one. */
export async function requireFleet(store: FleetStore, where: string, signal?: AbortSignal): Promise<Kept<FleetRecord>> {
  const found = await readFleet(store, signal);
  if (found !== undefined) return found;
  throw new HostdevError('fleet-unknown', `there is no fleet at ${where}`, { subject: where, hint: `'hostdev fleet init ${where}' makes one` });
}

export interface FleetWish {
  /** Missing: as it is; a new one does not. */
  readonly requireClaims?: boolean | undefined;
  readonly by: string;
  readonly now: Date;
}

export interface MadeFleet {
  readonly fleet: FleetRecord;
  /** False where it is there already, and as wished for. */
  readonly changed: boolean;
}

/** Whether the fleet asks for claims once it is as wished for: who gives somebody rights in it does not mean to change that. */
export function wantsClaims(before: FleetRecord | undefined, { requireClaims }: Pick<FleetWish, 'requireClaims'>): boolean {
  return requireClaims ?? before?.requireClaims ?? false;
}

/**
 * Makes a fleet, or has one that is there ask for claims or not. Its id and its claims stay.
 *
 * @throws {HostdevError} `fleet-changed`, `fleet-unclear`.
 */
export async function initFleet(store: FleetStore, { by, now, ...wish }: FleetWish, signal?: AbortSignal): Promise<MadeFleet> {
  const before = await readFleet(store, signal);
  const requireClaims = wantsClaims(before?.record, wish);
  if (before?.record.requireClaims === requireClaims) return { fleet: before.record, changed: false };
  const fleet: FleetRecord = { version: 1, id: randomUUID(), by, at: now.toISOString(), ...before?.record, requireClaims };
  const compare =
    before === undefined ? ({ kind: 'absent', key: fleetKey } as const) : ({ kind: 'modified', key: fleetKey, revision: before.modified } as const);
  const put = { kind: 'put', key: fleetKey, value: formatRecord(fleet) } as const;
  const answer = await makeClear(store, { compares: [compare], operations: [put] }, { key: fleetKey }, signal);
  if (answer.outcome === 'done') return { fleet, changed: true };
  if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  throw new HostdevError('fleet-changed', 'somebody else has made this fleet, or changed it, at the same time', { hint: 'run it again: it looks anew' });
}
