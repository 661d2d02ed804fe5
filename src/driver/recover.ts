/** After a crash: what the journal says was begun, held against what the kernel shows. */
import { readNodeDevice } from '../host/inventory.ts';
import { isVfioDriver } from '../host/node-device.ts';
import type { HostPort } from '../host/port.ts';
import { parsePciAddress } from '../pci/notation.ts';
import type { Journal } from './journal/journal.ts';
import type { BeginRecord, JournalRecord } from './journal/record.ts';
import { restore } from './bind.ts';

/** How a begun change ended. */
export interface Recovery {
  readonly address: string;
  readonly verb: BeginRecord['verb'];
  /** `new`: it had been done; `old`: it was undone; `gone`: the function or the boot it was in is no more; `stuck`: neither could be reached. */
  readonly outcome: 'new' | 'old' | 'gone' | 'stuck';
  readonly driver: string | undefined;
  readonly reason: string | undefined;
}

/** Changes that were begun and not ended. */
export function openRecords(records: readonly JournalRecord[]): BeginRecord[] {
  const ended = new Set(records.filter((record) => record.kind !== 'begin').map((record) => record.id));
  return records.filter((record): record is BeginRecord => record.kind === 'begin' && !ended.has(record.id));
}

/** Brings every function of an unfinished change to its old or its new state, and closes the journal. */
export async function recover(port: HostPort, journal: Journal, boot: string): Promise<Recovery[]> {
  const done: Recovery[] = [];
  for (const record of openRecords(await journal.read())) {
    const recovery = await settle(port, record, boot);
    done.push(recovery);
    // What is stuck stays open: the next recover tries again.
    if (recovery.outcome === 'stuck') continue;
    await journal.append({
      kind: recovery.outcome === 'new' ? 'done' : 'undone',
      id: record.id,
      time: new Date().toISOString(),
      after: recovery.driver,
      reason: recovery.reason,
    });
  }
  return done;
}

async function settle(port: HostPort, record: BeginRecord, boot: string): Promise<Recovery> {
  const { address, verb, before } = record;
  const result = (outcome: Recovery['outcome'], driver: string | undefined, reason?: string): Recovery => ({ address, verb, outcome, driver, reason });
  if (record.boot !== boot) return result('gone', undefined, 'the host was rebooted, and bindings end with the boot');
  const target = parsePciAddress(address);
  const now = await readNodeDevice(port, target);
  if (now === undefined) return result('gone', undefined, 'the function is not there any more');
  const taken = isVfioDriver(now.driver) && now.driverOverride !== undefined;
  const given = !isVfioDriver(now.driver) && now.driver !== undefined && now.driverOverride === undefined;
  if (verb === 'prepare' ? taken : given) return result('new', now.driver);
  try {
    if (verb === 'prepare') return result('old', await restore(port, target, before.driver));
    // A release that was begun is finished: that is what was asked for, and what is safe.
    const after = await restore(port, target, isVfioDriver(now.driver) ? undefined : now.driver);
    return isVfioDriver(after) ? result('stuck', after, 'no host driver takes it back') : result('new', after);
  } catch (error) {
    return result('stuck', now.driver, (error as Error).message);
  }
}
