/** Whether this machine still is the host of its fleet that its agent tells of: it may leave, be forgotten, or join another one while the agent runs. */
import { isDeepStrictEqual } from 'node:util';
import { HostdevError } from '../errors.ts';
import { type FleetConfig, readFleetConfig } from './config.ts';
import type { Kept } from './model/record.ts';
import type { HostRecord } from './model/records.ts';
import { readPublished, refuseAnotherMachine } from './published.ts';
import { formatStoreAddress } from './store-address.ts';
import type { FleetStore } from './store/store.ts';

/** The agent ends by it: what it tells would make the host one of the fleet again. */
function left(host: string, why: string, hint: string): HostdevError {
  return new HostdevError('fleet-left', `the agent of ${host} tells nothing any more: ${why}`, { subject: host, hint });
}

const JOIN = "'hostdev fleet join' makes it a host of the fleet again; then: systemctl restart hostdev-agent";
const RESTART = 'systemctl restart hostdev-agent';

/** Only joining makes a record where there is none. */
export function recordGone(host: string): HostdevError {
  return left(host, 'its fleet has no record of it: it has left, it was forgotten, or the store was set back to before it joined', JOIN);
}

/**
 * The record that a host has in its fleet, which is this machine's.
 *
 * @throws {HostdevError} `fleet-left`, `fleet-name-taken`.
 */
export async function requireEnrolled(store: FleetStore, host: string, machineId: string, signal?: AbortSignal): Promise<Kept<HostRecord>> {
  const found = await readPublished(store, host, signal);
  if (found === undefined) throw recordGone(host);
  refuseAnotherMachine(found.record, machineId);
  return found;
}

/**
 * Holds the file of this machine against what its agent was started with.
 *
 * @throws {HostdevError} `fleet-left`, and what keeps the file from being read.
 */
export async function requireSameFleet(file: string, config: FleetConfig): Promise<void> {
  const now = await readFleetConfig(file);
  if (isDeepStrictEqual(now, config)) return;
  const host = config.host ?? 'this machine';
  if (now === undefined) throw left(host, `${file} is gone, this machine has left its fleet`, JOIN);
  if (now.host !== config.host || formatStoreAddress(now.store) !== formatStoreAddress(config.store)) {
    throw left(host, `${file} says by now ${now.host ?? 'no host'} of the fleet at ${formatStoreAddress(now.store)}`, RESTART);
  }
  throw left(host, `${file} names other certificates by now`, RESTART);
}
