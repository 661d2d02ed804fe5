/** Asking a fleet before guests of its host are changed: which functions they may have is agreed there, what is so is this host's to say. */
import { randomUUID } from 'node:crypto';
import type { AppContext } from '../app/context.ts';
import { lookAgain, viewHost } from '../app/host-view.ts';
import { whoRunsUs } from '../app/who.ts';
import { HostdevError } from '../errors.ts';
import type { ClaimGuard, HeldClaims } from '../execute/claim-guard.ts';
import { readFingerprint } from '../host/fingerprint.ts';
import type { HostReader } from '../host/port.ts';
import { formatPciAddress } from '../pci/address.ts';
import { parsePciAddress } from '../pci/notation.ts';
import { formatFingerprint } from '../state/fingerprint.ts';
import { attachedIds, toldFor, type ToldIds } from './attached-ids.ts';
import { endClaims } from './end-claims.ts';
import { claimAgain, type HandedOver, handOver } from './hand-over.ts';
import { commitClaims } from './commit-claims.ts';
import { readFleet } from './fleet-record.ts';
import { newClaims } from './journal-tokens.ts';
import { readMachineSerial } from './machine-identity.ts';
import { type ChangedFunction, changedFunctions } from './model/changed-functions.ts';
import { type HeldFunction, planClaims } from './model/claims-of-change.ts';
import { functionKeys } from './model/function-keys.ts';
import { claimKey } from './model/keys.ts';
import { readEntry } from './model/record.ts';
import { CLAIM } from './model/record-kinds.ts';
import { cardDifferences } from './model/same-card.ts';
import type { FleetStore } from './store/store.ts';

export interface GuardedHost {
  readonly context: Pick<AppContext, 'port'>;
  /** Its name in the fleet. */
  readonly host: string;
  readonly stateDirectory: string;
  readonly toldIds: ToldIds;
  /** Opens the fleet's store, which is closed when the change has ended. */
  readonly open: () => Promise<FleetStore>;
}

/** Its order counts: lock (held), this host's verdict (planned under it), claim, token, compare and set, the card again; then journal, libvirt, look, and the claim's end. */
export function claimGuard(guarded: GuardedHost): ClaimGuard {
  return {
    ids: async (wish, signal) => {
      const store = await guarded.open();
      try {
        return await attachedIds(store, guarded, wish, signal);
      } finally {
        await store.close();
      }
    },
    begin: async (changes, { signal, keepClaims, mappings }) => {
      const changed = changedFunctions(changes);
      if (changed.length === 0) return undefined;
      const store = await guarded.open();
      try {
        const held = await hold(guarded, store, { changed, signal, mappings, afterDetach: keepClaims === true ? 'claimed' : 'free' });
        return { ...held, end: (outcome) => held.end(outcome).finally(() => store.close()) };
      } catch (error) {
        await store.close();
        throw error;
      }
    },
  };
}

interface Asked {
  readonly changed: readonly ChangedFunction[];
  readonly signal: AbortSignal | undefined;
  /** By which functions were chosen, by their addresses. */
  readonly mappings: ReadonlyMap<string, string> | undefined;
  /** What becomes of the claim of a function that its guest gives back. */
  readonly afterDetach: 'free' | 'claimed';
}

async function hold(guarded: GuardedHost, store: FleetStore, { changed, signal, mappings = new Map(), afterDetach }: Asked): Promise<HeldClaims> {
  const { context, host, stateDirectory } = guarded;
  const functions = await heldFunctions(guarded, changed);
  const fleet = await readFleet(store, signal);
  const keys = [...new Set(functions.flatMap(({ key, companions }) => [key, ...companions]))].map(claimKey);
  const { entries } = await store.get(keys, signal);
  const wanted = new Set(functions.flatMap(({ way, key, companions }) => (way === 'attach' ? [key, ...companions] : [])));
  const found = entries.map((entry) => readEntry(entry, CLAIM));
  const claims = await newClaims(stateDirectory, { fleet: fleet?.record.id, claims: found, wanted });
  const rules = { host, requireClaims: fleet?.record.requireClaims ?? false, by: whoRunsUs(), at: new Date().toISOString(), request: randomUUID(), mappings };
  const plan = planClaims(functions, claims, rules);
  const revision = await commitClaims(store, plan.transaction, signal);
  const held = plan.held.map((each) => ({ ...each, token: each.token ?? revision ?? 0n }));
  const handed: HandedOver[] = [];
  const end: HeldClaims['end'] = async (outcome) => {
    const done = new Set(changedFunctions(outcome.done).map(({ address }) => address));
    // What was handed over and done is told by who got it.
    const passed = new Set(handed.filter(({ to, address }) => to === 'free' || done.has(address)).map(({ key }) => key));
    await endClaims(
      store,
      held.filter(({ key }) => !passed.has(key)),
      { ...outcome, host, afterDetach },
    );
    for (const { to, address, claim } of handed) if (to === 'free' && !done.has(address)) await claimAgain(store, claim);
  };
  try {
    for (const each of functions) await requireSameCard(context.port, each);
  } catch (error) {
    await end({ done: [], left: [] });
    throw error;
  }
  return {
    tokens: Object.fromEntries(held.map(({ key, token }) => [key, String(token)])),
    fleet: fleet?.record.id,
    handOver: async (changes) => void handed.push(...(await handOver(store, held, changes, host))),
    end,
  };
}

/** What the changes are about, as this host sees it; what has gone from the host has no claim to be asked for. */
async function heldFunctions({ context, host, toldIds }: GuardedHost, changed: readonly ChangedFunction[]): Promise<HeldFunction[]> {
  const view = lookAgain(context);
  const { state, judgments } = await viewHost(view);
  const keys = functionKeys(state.functions, { host, serial: await readMachineSerial(view.port) });
  const judged = new Map(judgments.map((judgment) => [formatPciAddress(judgment.device.address), judgment]));
  const functions: HeldFunction[] = [];
  for (const each of changed) {
    const key = keys.get(each.address);
    if (key === undefined) continue;
    const mates = (judged.get(each.address)?.companions ?? []).filter(({ isBridge }) => !isBridge);
    const companions = mates.flatMap(({ address }) => keys.get(formatPciAddress(address)) ?? []);
    const zpci = toldFor(toldIds, each);
    functions.push({ ...each, ...(zpci === undefined ? {} : { zpci }), key, companions, fingerprint: await fingerprintText(view.port, each) });
  }
  return functions;
}

async function fingerprintText(port: HostReader, { address }: Pick<ChangedFunction, 'address'>): Promise<string> {
  const found = await readFingerprint(port, parsePciAddress(address));
  return found === undefined ? '' : formatFingerprint(found);
}

/** While the fleet was asked somebody may have been at the machine. @throws {HostdevError} `fleet-other-card`, `function-vanished`. */
async function requireSameCard(port: HostReader, each: HeldFunction): Promise<void> {
  const now = await fingerprintText(port, each);
  if (now === '') throw new HostdevError('function-vanished', `${each.address} is gone`, { subject: each.address });
  const [difference] = cardDifferences(each.fingerprint, now);
  if (difference === undefined) return;
  throw new HostdevError('fleet-other-card', `${each.address} is another card than a moment ago: ${difference}`, {
    subject: each.address,
    hint: 'look at the host, then run it again',
  });
}
