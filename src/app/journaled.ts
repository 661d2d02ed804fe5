/** Changing a function with the journal: intent and prior state on disk before the first write, the end after the last. */
import { randomBytes } from 'node:crypto';
import { type Journal, openJournal, stateDirectory } from '../driver/journal/journal.ts';
import { whoami, withLock } from '../driver/journal/lock.ts';
import type { BeginRecord } from '../driver/journal/record.ts';
import { openRecords } from '../driver/recover.ts';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { NodeDevice } from '../host/node-device.ts';
import { type HostPort, readText } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';

/** What use cases that change the host get: the journal while the lock is held. */
export interface ChangeLog {
  /** Runs one change of one function, recorded. */
  readonly record: (verb: BeginRecord['verb'], device: NodeDevice, act: () => Promise<string | undefined>) => Promise<string | undefined>;
}

/** The kernel's id of this boot. */
export async function bootId(port: HostPort): Promise<string> {
  return (await readText(port, '/proc/sys/kernel/random/boot_id')) ?? 'unknown';
}

/**
 * Holds the lock and gives the change log. An earlier change that was interrupted has to be recovered first: what
 * the kernel shows may not be what anybody wanted.
 *
 * @throws {HostdevError} `busy`, `recovery-needed`.
 */
export async function withChangeLog<T>(port: HostPort, act: (log: ChangeLog) => Promise<T>, directory = stateDirectory()): Promise<T> {
  return withLock(directory, async () => {
    const journal = openJournal(directory);
    const boot = await bootId(port);
    const unfinished = openRecords(await journal.read()).filter((record) => record.boot === boot);
    if (unfinished.length > 0) {
      throw new HostdevError('recovery-needed', `an earlier change was interrupted: ${unfinished.map((r) => `${r.verb} ${r.address}`).join(', ')}`, {
        hint: "run 'hostdev recover' first",
      });
    }
    return act({ record: (verb, device, run) => record(port, journal, boot, verb, device, run) });
  });
}

async function record(
  port: HostPort,
  journal: Journal,
  boot: string,
  verb: BeginRecord['verb'],
  device: NodeDevice,
  act: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const id = randomBytes(8).toString('hex');
  const time = (): string => new Date().toISOString();
  const before = { driver: device.driver, override: device.driverOverride };
  await journal.append({ kind: 'begin', id, time: time(), boot, verb, address: formatPciAddress(device.address), before, by: whoami() });
  try {
    const after = await act();
    await journal.append({ kind: 'done', id, time: time(), after });
    return after;
  } catch (error) {
    // Only what is seen to be undone is called so. Anything between stays open, for recover.
    const now = await readNodeDevice(port, device.address);
    if (now === undefined || (now.driver === before.driver && now.driverOverride === before.override)) {
      await journal.append({ kind: 'undone', id, time: time(), after: now?.driver, reason: (error as Error).message });
    }
    throw error;
  }
}
