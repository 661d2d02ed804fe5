/** Changing the host with the journal: intent and prior state on disk before the first step, the end after the last. */
import { randomBytes } from 'node:crypto';
import { applyChange, type Change, sameState } from '../execute/change.ts';
import { type Journal, journalUnder, stateDirectory } from '../execute/journal/journal.ts';
import { whoami, withLock } from '../execute/journal/lock.ts';
import { type BeginRecord, type GuestVerb, isGuestVerb, type State, type Verb } from '../execute/journal/record.ts';
import { CHANGE_KINDS } from '../execute/kinds.ts';
import { readLinkState } from '../execute/link-state.ts';
import { unfinishedRecords } from '../execute/recover.ts';
import { HostdevError } from '../errors.ts';
import { readNodeDevice } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import { type HostPort, type HostReader, readText } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';

/** What use cases that change the host get: the journal while the lock is held. */
export interface ChangeLog {
  /** Moves a function between drivers, recorded; `act` gives the driver it is with then. */
  readonly driver: (
    verb: 'prepare' | 'release',
    device: NodeDevice,
    wanted: string | undefined,
    act: () => Promise<string | undefined>,
  ) => Promise<string | undefined>;
  /** Carries any other change out, recorded. */
  readonly apply: (verb: keyof typeof CHANGE_KINDS, change: Change) => Promise<State>;
  /** Carries a change of a guest out, recorded; `now` tells what is there. */
  readonly recorded: (verb: GuestVerb, change: Change, act: () => Promise<State>, now: () => Promise<State>) => Promise<State>;
}

/** The kernel's id of this boot. */
export async function bootId(port: HostReader): Promise<string> {
  return (await readText(port, '/proc/sys/kernel/random/boot_id')) ?? 'unknown';
}

/**
 * Holds the lock and gives the change log. An earlier change that was interrupted has to be recovered first: what
 * the kernel shows may not be what anybody wanted.
 *
 * @throws {HostdevError} `busy`, `recovery-needed`, `journal-damaged`, `journal-newer`, `lock-lost`.
 */
export async function withChangeLog<T>(port: HostPort, act: (log: ChangeLog) => Promise<T>, directory = stateDirectory()): Promise<T> {
  return withLock(directory, async (lock) => {
    const journal = journalUnder(lock);
    const boot = await bootId(port);
    const open = unfinishedRecords(await journal.read(), boot);
    // What became of a guest is libvirt's to tell, and no reason to leave the host alone.
    const unfinished = open.filter(({ verb }) => !isGuestVerb(verb));
    if (unfinished.length > 0) throw recoveryNeeded(unfinished);
    const begin = (verb: Verb, change: Change): Promise<string> => beginRecord(journal, boot, verb, change);
    return act({
      driver: async (verb, device, wanted, move) => {
        const subject = formatPciAddress(device.address);
        const before = { ...driverState(device), link: await readLinkState(port, device) };
        const change = { subject, before, wanted: { driver: wanted ?? null, override: verb === 'prepare' ? (wanted ?? null) : null } };
        const id = await begin(verb, change);
        let after: string | undefined;
        const act_ = async (): Promise<State> => {
          after = await move();
          return { driver: after ?? null };
        };
        const now = async (): Promise<State | undefined> => {
          const found = await readNodeDevice(port, device.address);
          return found === undefined ? undefined : driverState(found);
        };
        await finish(journal, id, change, act_, now);
        return after;
      },
      apply: async (verb, change) => {
        const kind = CHANGE_KINDS[verb];
        const id = await begin(verb, change);
        return finish(
          journal,
          id,
          change,
          () => applyChange(port, kind, change),
          () => kind.read(port, change),
        );
      },
      recorded: async (verb, change, act_, now) => {
        const same = open.filter(({ subject }) => subject === change.subject);
        if (same.length > 0) throw recoveryNeeded(same);
        return finish(journal, await begin(verb, change), change, act_, now);
      },
    });
  });
}

function recoveryNeeded(open: readonly BeginRecord[]): HostdevError {
  return new HostdevError('recovery-needed', `an earlier change was interrupted: ${open.map((r) => `${r.verb} ${r.subject}`).join(', ')}`, {
    hint: "run 'hostdev recover' first",
  });
}

function driverState(device: NodeDevice): State {
  return { driver: device.driver ?? null, override: device.driverOverride ?? null };
}

async function beginRecord(journal: Journal, boot: string, verb: Verb, { subject, before, wanted }: Change): Promise<string> {
  const id = randomBytes(8).toString('hex');
  await journal.append({ kind: 'begin', id, time: new Date().toISOString(), boot, verb, subject, before, wanted, by: whoami() });
  return id;
}

async function finish(journal: Journal, id: string, { before }: Change, act: () => Promise<State>, read: () => Promise<State | undefined>): Promise<State> {
  const time = (): string => new Date().toISOString();
  try {
    const after = await act();
    await journal.append({ kind: 'done', id, time: time(), after });
    return after;
  } catch (error) {
    // Only what is seen to be undone is called so. Anything between stays open, for recover; so does what the kernel still works on.
    const stuck = error instanceof HostdevError && error.code === 'stuck';
    const now = stuck ? 'unknown' : await read().catch(() => 'unknown' as const);
    if (now !== 'unknown' && (now === undefined || sameState(now, before))) {
      await journal.append({ kind: 'undone', id, time: time(), after: now ?? {}, reason: (error as Error).message });
    }
    throw error;
  }
}
