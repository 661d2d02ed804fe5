/** Telling a fleet of a host: its record is written where it is another one than the fleet has, and only over the host's own. */
import { HostdevError } from '../errors.ts';
import type { ToldHost } from './host-record.ts';
import { decodeHostRecord, encodeHostRecord } from './host-record-bytes.ts';
import { inventoryKey } from './model/keys.ts';
import type { Kept } from './model/record.ts';
import type { HostRecord } from './model/records.ts';
import { makeClear } from './store/make-clear.ts';
import type { FleetStore } from './store/store.ts';

export interface Published {
  readonly record: HostRecord;
  /** False where the fleet had all of it already. */
  readonly changed: boolean;
}

/** Another hostdev of the same host may write at the same time: so often it is looked again. */
const TRIES = 5;

/** The record of a host as its fleet has it; undefined where it has none. */
export async function readPublished(store: FleetStore, host: string, signal?: AbortSignal): Promise<Kept<HostRecord> | undefined> {
  const { entries } = await store.get([inventoryKey(host)], signal);
  return entries[0] === undefined ? undefined : decodeHostRecord(entries[0]);
}

/**
 * Refuses a record of another machine under the name of this one.
 *
 * @throws {HostdevError} `fleet-name-taken`.
 */
export function refuseAnotherMachine(before: Pick<HostRecord, 'host' | 'uuid' | 'at'> | undefined, uuid: string): void {
  if (before === undefined || before.uuid === uuid) return;
  throw new HostdevError('fleet-name-taken', `another machine is in the fleet as ${before.host}: its id is ${before.uuid}, that of this one ${uuid}`, {
    subject: before.host,
    hint: `join under another name; where that machine is gone for good: 'hostdev fleet forget ${before.host} --fenced'`,
  });
}

/**
 * Writes what a host tells into its fleet.
 *
 * @throws {HostdevError} `fleet-name-taken`, `fleet-too-large`, `fleet-changed`, `fleet-unclear`.
 */
export async function publish(store: FleetStore, told: ToldHost, now: () => Date, signal?: AbortSignal): Promise<Published> {
  const key = inventoryKey(told.host);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = await readPublished(store, told.host, signal);
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
