/** Which fleet a command asks, and as whom. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { whoRunsUs } from '../app/who.ts';
import { HostdevError } from '../errors.ts';
import { type FleetConfig, hostIn, requireFleetConfig } from '../fleet/config.ts';
import type { FleetAccess } from '../fleet/fleet-access.ts';
import { openStore } from '../fleet/open-store.ts';
import type { Io } from './io.ts';
import type { Machine } from './machine.ts';

/** Names of guests are libvirt's; in a claim they are one line, and no longer than a key of a store takes. */
const GUEST = /^[^\p{Cc}\n]{1,200}$/u;

/** Asks the fleet of this machine, by whose name there it may be known, and leaves it when that is done. */
export async function withFleet<T>({ machine }: Pick<Io, 'machine'>, act: (access: FleetAccess, host: string | null) => Promise<T>): Promise<T> {
  const config = await requireFleetConfig(machine.fleetFile);
  return asking(config, (access) => act(access, config.host));
}

/** A fleet that this machine is a host of. Its file is read once: a machine may join another one meanwhile, where it has another name. */
export interface HostFleet {
  readonly host: string;
  readonly ask: <T>(act: (access: FleetAccess) => Promise<T>) => Promise<T>;
}

/** @throws {HostdevError} `fleet-absent` where it is of none, or gives nothing to it; `fleet-config`, `file-unreadable`. */
export async function fleetOfHost({ fleetFile }: Pick<Machine, 'fleetFile'>): Promise<HostFleet> {
  const config = await requireFleetConfig(fleetFile);
  return { host: hostIn(config, fleetFile), ask: async (act) => asking(config, act) };
}

/** Asks a fleet whose file is read already. */
export async function asking<T>({ store: address }: FleetConfig, act: (access: FleetAccess) => Promise<T>): Promise<T> {
  const store = await openStore(address);
  try {
    return await act({ store, by: `${whoRunsUs()} on ${hostname()}`, now: () => new Date(), random: Math.random, uuid: randomUUID });
  } finally {
    await store.close();
  }
}

/** @throws {HostdevError} `usage` where nobody says for which guest, or what is said can be no guest's name. */
export function guestOf(name: string | undefined): string {
  if (name !== undefined && GUEST.test(name) && name.trim() === name) return name;
  const message = name === undefined ? 'nobody said for which guest' : `"${name.slice(0, 80)}" can be no name of a guest`;
  throw new HostdevError('usage', message, { hint: '--for GUEST: its name in libvirt; it may be off, or not there yet' });
}

/** @param what - is known on this machine only. @throws {HostdevError} `option-conflict`: what is on the other side of a connection is another host's. */
export function refuseElsewhere(what: string, { isLocal }: { readonly isLocal: boolean }): void {
  if (isLocal) return;
  throw new HostdevError('option-conflict', `${what} is looked up on this machine, but the guest is on another one`, {
    hint: 'run it on the host that has the guest',
  });
}
