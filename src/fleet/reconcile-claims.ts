/** A host brings what its fleet has of it into line with what is so: after a start, and whenever something has happened. */
import { randomUUID } from 'node:crypto';
import type { AppContext } from '../app/context.ts';
import { listGuests } from '../app/guests/list-guests.ts';
import { lookAgain } from '../app/host-view.ts';
import { HostdevError } from '../errors.ts';
import { openJournal } from '../execute/journal/journal.ts';
import { withLock } from '../execute/journal/lock.ts';
import { openRecords } from '../execute/recover.ts';
import type { LibvirtLink } from '../guest/libvirt/link.ts';
import { functionsOf } from '../plan/change.ts';
import { claimsOfFunctions } from './claims-of-host.ts';
import { commitClaims } from './commit-claims.ts';
import { readHostRecord, type TellingHost, type ToldHost } from './host-record.ts';
import { readMachineSerial } from './machine-identity.ts';
import { claimKey, inventoryKey } from './model/keys.ts';
import type { PublishedFunction } from './model/records.ts';
import { type Correction, reconcile, type Reconciled, type SeenHost } from './model/reconcile.ts';
import { foreignTransaction, transition } from './model/transition.ts';
import type { Compare, FleetStore } from './store/store.ts';

export interface ReconcilingHost extends TellingHost {
  readonly stateDirectory: string;
  /** When its record came to be; undefined of a host that joins just now. */
  readonly record: bigint | undefined;
  /** Who claims what is found. */
  readonly by: string;
}

export interface HostNow extends Reconciled {
  readonly told: ToldHost;
}

/** One correction may lead to the next: so often it is looked again. */
const ROUNDS = 4;

/**
 * Reads the host, and corrects what its fleet has of it. While somebody changes the host nothing is corrected: how it ends is theirs to tell.
 *
 * @throws {HostdevError} what keeps host, journal or store from being read.
 */
export async function reconcileClaims(host: ReconcilingHost, store: FleetStore, signal?: AbortSignal): Promise<HostNow> {
  const corrections: Correction[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const now = await look(host, store, signal);
    // Looking takes no lock: commands of this host would be refused while an agent has it.
    if (now.corrections.length === 0) return { ...now, corrections };
    const corrected = await withLock(host.stateDirectory, async () => correct(host, store, await look(host, store, signal))).catch(unlessBusy);
    if (corrected === undefined) return { ...now, corrections };
    corrections.push(...corrected);
  }
  return { ...(await look(host, store, signal)), corrections };
}

function unlessBusy(error: unknown): undefined {
  if (!(error instanceof HostdevError) || error.code !== 'busy') throw error;
}

async function look(host: ReconcilingHost, store: FleetStore, signal?: AbortSignal): Promise<HostNow> {
  const context = lookAgain(host.context);
  const told = await readHostRecord({ ...host, context });
  const identity = { host: host.host, serial: await readMachineSerial(context.port) };
  const claims = await claimsOfFunctions(store, identity, signal);
  const seen: SeenHost = {
    ...{ host: host.host, functions: told.functions, given: await givenFunctions(context, host.link, told.functions) },
    interrupted: await interruptedFunctions(host.stateDirectory, told.functions),
  };
  return { told, ...reconcile(seen, claims) };
}

/** What guests have by what libvirt says; undefined where it does not answer, or is another machine's. */
async function givenFunctions(context: AppContext, link: LibvirtLink | undefined, functions: readonly PublishedFunction[]): Promise<SeenHost['given']> {
  if (link === undefined || !link.isLocal) return undefined;
  const keys = new Map(functions.map(({ address, key }) => [address, key]));
  const given = new Map<string, Set<string>>();
  try {
    for (const { name, uuid, functions: had } of await listGuests(context, await link.get())) {
      for (const { address } of had) {
        const key = keys.get(address);
        if (key === undefined) continue;
        const guests = given.get(key) ?? new Set();
        given.set(key, guests.add(name).add(uuid));
      }
    }
    return given;
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    return undefined;
  }
}

async function interruptedFunctions(stateDirectory: string, functions: readonly PublishedFunction[]): Promise<ReadonlySet<string>> {
  const keys = new Map(functions.map(({ address, key }) => [address, key]));
  const open = openRecords(await openJournal(stateDirectory).read());
  return new Set(open.flatMap((record) => [...functionsOf(record).flatMap((name) => keys.get(name) ?? []), ...Object.keys(record.claims ?? {})]));
}

/** Under the lock, by what was looked at under it. */
async function correct(host: ReconcilingHost, store: FleetStore, { corrections }: HostNow): Promise<Correction[]> {
  const done: Correction[] = [];
  for (const each of corrections) {
    // Somebody else may have been at one claim: the others are corrected all the same, and that one is looked at again.
    const revision = await commitClaims(store, transactionOf(host, each)).catch(unlessChanged);
    if (revision !== undefined) done.push(each);
  }
  return done;
}

function unlessChanged(error: unknown): undefined {
  if (!(error instanceof HostdevError) || error.code !== 'fleet-changed') throw error;
}

function transactionOf({ host, by, record }: ReconcilingHost, each: Correction): ReturnType<typeof transition> {
  if (each.kind === 'step') return transition([each.claim], { to: each.to, hand: 'host', host, why: each.why });
  const { key, fingerprint } = each.published;
  const claim = { request: randomUUID(), function: key, host, guest: each.guest, fingerprint, by, at: new Date().toISOString() };
  const { compares, operations } = foreignTransaction(claim, claimKey(key));
  // A host that has left meanwhile claims nothing.
  const isHost: Compare[] = record === undefined ? [] : [{ kind: 'created', key: inventoryKey(host), revision: record }];
  return { compares: [...compares, ...isHost], operations };
}
