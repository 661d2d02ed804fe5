/** What a host has told its fleet, and whose machine that is. */
import { HostdevError } from '../errors.ts';
import { decodeHostRecord } from './host-record-bytes.ts';
import { inventoryKey } from './model/keys.ts';
import type { Kept } from './model/record.ts';
import type { HostRecord } from './model/records.ts';
import type { FleetStore } from './store/store.ts';

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
