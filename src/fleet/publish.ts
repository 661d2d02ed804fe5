/** Telling a fleet of a host: its record is written where it is another one than the fleet has, and only over the host's own. */
import { HostdevError } from '../errors.ts';
import type { ToldHost } from './host-record.ts';
import { recordGone } from './enrolment.ts';
import { encodeHostRecord } from './host-record-bytes.ts';
import { inventoryKey } from './model/keys.ts';
import type { HostRecord } from './model/records.ts';
import { readPublished, refuseAnotherMachine } from './published.ts';
import { makeClear } from './store/make-clear.ts';
import type { FleetStore } from './store/store.ts';

export interface Published {
  readonly record: HostRecord;
  /** False where the fleet had all of it already. */
  readonly changed: boolean;
}

/** Another hostdev of the same host may write at the same time: so often it is looked again. */
const TRIES = 5;

export interface Publishing {
  /** Whether the host has a record already; one that is gone then is not made anew. Without, it joins. */
  readonly isEnrolled: boolean;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes what a host tells into its fleet.
 *
 * @throws {HostdevError} `fleet-left`, `fleet-name-taken`, `fleet-too-large`, `fleet-changed`, `fleet-unclear`.
 */
export async function publish(store: FleetStore, told: ToldHost, { isEnrolled, now, signal }: Publishing): Promise<Published> {
  const key = inventoryKey(told.host);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await readPublished(store, told.host, signal);
    if (before === undefined && isEnrolled) throw recordGone(told.host);
    refuseAnotherMachine(before?.record, told.uuid);
    if (before !== undefined && saysTheSame(before.record, told)) return { record: before.record, changed: false };
    const sequence = before?.record.bootId === told.bootId ? before.record.sequence + 1 : 1;
    // What a newer hostdev added is kept where an older one writes.
    const record: HostRecord = { ...before?.record, ...told, sequence, at: now().toISOString() };
    const value = await encodeHostRecord(record);
    const compare = before === undefined ? ({ kind: 'absent', key } as const) : ({ kind: 'modified', key, revision: before.modified } as const);
    const answer = await makeClear(store, { compares: [compare], operations: [{ kind: 'put', key, value }] }, { key }, signal);
    if (answer.outcome === 'done') return { record, changed: true };
    if (answer.outcome === 'unclear') throw HostdevError.from(answer.problem);
  }
  throw new HostdevError('fleet-changed', `somebody else writes the record of ${told.host} all the time`, {
    subject: told.host,
    hint: 'see whether two agents run under that name',
  });
}

/** Whether a record says nothing else but when it was written. */
function saysTheSame(before: HostRecord, told: ToldHost): boolean {
  return Object.entries(told).every(([name, value]) => JSON.stringify(before[name as keyof ToldHost]) === JSON.stringify(value));
}
