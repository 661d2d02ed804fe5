/** Reads the state over and over: everything, or what is known to have changed. */
import type { AppContext } from '../../app/context.ts';
import { keptGuests } from '../../app/guests/kept-guests.ts';
import { changedFunctions, usesNow } from '../../host/glance.ts';
import { unlessRefused } from '../../errors.ts';
import { readHostState } from '../../host/host-state.ts';
import { type KeptReads, keptReads } from '../../host/kept-reads.ts';
import type { ServedHost } from '../host.ts';
import { keptConnection } from './kept-connection.ts';
import { readState, type ReadState } from './read-state.ts';

export interface RereadHost {
  readonly readAll: () => Promise<ReadState>;
  /** What is not known to have changed is as it was read last. */
  readonly readNews: () => Promise<ReadState>;
  /** Reads the machine anew, beside what else is read. */
  readonly renew: () => Promise<void>;
  /** Everything, of the machine as it was renewed. */
  readonly readRenewed: () => Promise<ReadState>;
  /** A short look; whether something of the host is other than it was read last. */
  readonly glance: () => Promise<boolean>;
  /** The kernel says that something has happened to a function, by its name in sysfs. */
  readonly functionChanged: (name: string) => void;
  /** libvirt says that something has happened to a guest; to any of them, where it cannot say. */
  readonly guestChanged: (uuid?: string) => void;
  readonly close: () => Promise<void>;
}

/** `tellsGuests`: whether libvirt tells what happens to guests, so that those it says nothing of need not be read. */
export function rereadHost(host: ServedHost, tellsGuests: () => boolean): RereadHost {
  const connection = keptConnection(host);
  const guests = keptGuests();
  const changed = new Set<string>();
  let machine: Promise<KeptMachine> | undefined;
  let last: Awaited<ReturnType<typeof readState>> | undefined;
  let uses = '';

  const open = (): Promise<KeptMachine> => {
    machine ??= openKept(host).catch((error: unknown) => {
      // Whoever asks next tries again.
      machine = undefined;
      throw error;
    });
    return machine;
  };
  const lookForChanges = async (kept: KeptReads): Promise<boolean> => {
    for (const name of await changedFunctions(kept.origin, last?.functions ?? [])) changed.add(name);
    const usesBefore = uses;
    uses = await usesNow(kept.origin);
    if (uses !== usesBefore) kept.forgetUsers();
    return changed.size > 0 || uses !== usesBefore;
  };
  const read = async ({ context }: KeptMachine, settled: Parameters<typeof readState>[2]): Promise<ReadState> => {
    if (!tellsGuests()) guests.forgetAll();
    const awaySince = last?.part.host.libvirt.since ?? new Date().toISOString();
    last = await readState(host, { context, reach: await connection.reach(), guests, awaySince }, settled);
    return last;
  };
  const readChanged = async (settled: Parameters<typeof readState>[2]): Promise<ReadState> => {
    const opened = await open();
    await lookForChanges(opened.kept);
    opened.kept.forgetFunctions([...changed]);
    changed.clear();
    return read(opened, settled);
  };
  return {
    readAll: async () => {
      const opened = await open();
      opened.kept.forgetAll();
      guests.forgetAll();
      changed.clear();
      uses = await usesNow(opened.kept.origin);
      return read(opened, undefined);
    },
    readNews: () => readChanged(last?.settled),
    renew: async () => {
      const { kept } = await open();
      // What is wrong with the machine is told when it is read for the state.
      await kept.renew(readHostState).catch(unlessRefused);
    },
    readRenewed: () => {
      guests.forgetAll();
      return readChanged(undefined);
    },
    glance: async () => lookForChanges((await open()).kept),
    functionChanged: (name) => void changed.add(name),
    guestChanged: (uuid) => {
      if (uuid === undefined) guests.forgetAll();
      else guests.forget(uuid);
      // What it has open is other than it was.
      machine?.then(
        ({ kept }) => kept.forgetUsers(),
        // Whoever has it opened is told.
        () => undefined,
      );
    },
    close: () => connection.close(),
  };
}

interface KeptMachine {
  readonly context: AppContext;
  readonly kept: KeptReads;
}

async function openKept(host: ServedHost): Promise<KeptMachine> {
  const context = await host.context();
  const kept = keptReads(context.port);
  // One file of names for all looks: finding a vendor in it takes longer than reading a function.
  let ids: ReturnType<AppContext['readPciIds']> | undefined;
  return { kept, context: { ...context, port: kept.port, readPciIds: () => (ids ??= context.readPciIds()) } };
}
