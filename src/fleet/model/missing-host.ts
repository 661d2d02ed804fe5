/** A host that somebody names, and that is not among those that were read. */
import { HostdevError, type Problem } from '../../errors.ts';
import { inventoryKey } from './keys.ts';

/** The fleet has no record of it. */
export function unknownHost(name: string): HostdevError {
  return new HostdevError('fleet-host-unknown', `the fleet has no host ${name}`, { subject: name, hint: "'hostdev fleet list' shows them" });
}

/** Why it is missing: what is wrong with its record, where that is among what could not be read; otherwise there is none. */
export function missingHost(name: string, unread: readonly Problem[]): HostdevError {
  const unreadable = unread.find(({ subject }) => subject === inventoryKey(name));
  return unreadable === undefined ? unknownHost(name) : HostdevError.from(unreadable);
}
