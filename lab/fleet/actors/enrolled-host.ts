/** A host as the product makes one: its agent runs, its guests are changed by the commands under their claims, and what was interrupted is recovered after a start. */
import type { AppContext } from '../../../src/app/context.ts';
import { attachToGuest } from '../../../src/app/guests/attach-to-guest.ts';
import { detachFromGuest } from '../../../src/app/guests/detach-from-guest.ts';
import type { GuestChangeOptions } from '../../../src/app/guests/run-change.ts';
import { recoverChanges } from '../../../src/app/recover-changes.ts';
import { HostdevError } from '../../../src/errors.ts';
import { type Agent, agentRound, runAgent } from '../../../src/fleet/agent.ts';
import { claimGuard } from '../../../src/fleet/claim-guard.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { LibvirtLink } from '../../../src/guest/libvirt/link.ts';
import { connectLibvirt } from '../../../src/libvirt/index.ts';
import { parsePciAddress } from '../../../src/pci/notation.ts';
import { type Asked, askedOf } from '../machine/asked.ts';
import { addressOf, bootKernel } from '../machine/kernel.ts';
import { type MachinePlace, stateDirectoryOf } from '../machine/place.ts';
import type { Surroundings } from './surroundings.ts';
import { type Held, listClaims } from './transact.ts';

/** Milliseconds: what happens is heard; the rest is seen soon. */
const PACE = { every: 1000, settle: 300, again: 50 };
const GUEST_MS = 60_000;
/** Of claims that are seen, how many are left for the next look. */
const LATER = 0.3;
/** Between two looks of somebody at the host. */
const PAUSES = 2;

/** `no guard` is a bug: guests are changed without asking the fleet. */
export async function enrolledHost(by: Surroundings, place: MachinePlace, way: 'guarded' | 'no guard'): Promise<void> {
  const { host } = place;
  by.say({ kind: 'begins', role: 'host', hosts: [host] });
  const stateDirectory = stateDirectoryOf(place);
  const libvirtUri = `qemu+unix:///system?socket=${place.socket}`;
  const context: AppContext = { port: await bootKernel(host), isRoot: true, readPciIds: async () => undefined };
  // The guard closes what it opened for one change; this one is for all.
  const store: FleetStore = { ...by.store, close: async () => undefined };
  await recoverAll(by, context, stateDirectory);
  const agent: Agent = { context, host, version: '0', stateDirectory, by: by.name, libvirtUri };
  const ending = new AbortController();
  // It joins, or looks at what it finds behind its death.
  await agentRound(agent, store);
  const quiet = { requireSameFleet: async () => undefined, onRound: () => undefined, onProblem: () => undefined, onBack: () => undefined };
  const following = runAgent(agent, store, { signal: ending.signal, pace: PACE, ...quiet });
  const link = await LibvirtLink.open(() => connectLibvirt(libvirtUri));
  const guarded = { ...context, claims: claimGuard({ context, host, stateDirectory, toldIds: new Map(), open: async () => store }) };
  const operator: Operator = { by, host, context: way === 'guarded' ? guarded : context, link, asked: askedOf(place), stateDirectory };
  while (!by.isOver()) {
    await operate(operator);
    for (let left = PAUSES; left > 0; left -= 1) await by.pause();
  }
  ending.abort();
  await following;
  await link.close();
  while ((await agentRound(agent, store)).corrections.length > 0) await by.pause();
}

const optionsOf = (stateDirectory: string): GuestChangeOptions => ({ scope: 'persistent', dryRun: false, force: false, timeoutMs: GUEST_MS, stateDirectory });

/** @throws what could not be recovered: nothing here keeps it from being. */
async function recoverAll({ pause }: Surroundings, context: AppContext, stateDirectory: string): Promise<void> {
  for (let left = 100; left > 0; left -= 1) {
    const recovered = await recoverChanges(context, stateDirectory).catch(refusalOf);
    if (Array.isArray(recovered) && recovered.every(({ outcome }) => outcome !== 'stuck')) return;
    if (left === 1) throw new Error(`nothing recovers ${stateDirectory}: ${JSON.stringify(recovered)}`);
    await pause();
  }
}

/** Somebody on the host who gives guests what was claimed for them, and takes what is asked for. */
interface Operator {
  readonly by: Surroundings;
  readonly host: string;
  readonly context: AppContext;
  readonly link: LibvirtLink;
  readonly asked: Asked;
  readonly stateDirectory: string;
}

async function operate({ by, host, context, link, asked, stateDirectory }: Operator): Promise<void> {
  const options = optionsOf(stateDirectory);
  const away = asked.all();
  const units = unitsOf((await listClaims(by.store)).filter(({ claim }) => claim.host === host));
  for (const request of away) if (!units.has(request)) asked.done(request);
  for (const [request, held] of units) {
    const [first] = held;
    if (first === undefined || by.isOver()) continue;
    // A guest that took too long: what was left is brought to an end, and the agent tells of it.
    if (held.some(({ claim }) => claim.state === 'stuck')) await recoverAll(by, context, stateDirectory);
    const word = first.claim.guest;
    const sources = held.map(({ claim }) => ({ source: parsePciAddress(addressOf(claim.function)) }));
    const isIn = (...states: readonly string[]): boolean => held.every(({ claim }) => states.includes(claim.state));
    if (away.has(request)) {
      const had = sources.filter((_, at) => held[at]?.claim.state === 'attached');
      if (had.length > 0) await detachFromGuest(context, link, { word, selectors: had }, options).catch(refusalOf);
    } else if (!isIn('attached') && isIn('claimed', 'attached') && by.random() >= LATER) {
      await attachToGuest(context, link, { word, specs: sources }, options).catch(refusalOf);
    }
  }
}

function unitsOf(all: readonly Held[]): ReadonlyMap<string, readonly Held[]> {
  const units = new Map<string, Held[]>();
  for (const held of all) units.set(held.claim.request, [...(units.get(held.claim.request) ?? []), held]);
  return units;
}

/** What is refused is tried again as things are then; anything else is a bug, and ends the round. */
function refusalOf(error: unknown): HostdevError {
  if (error instanceof HostdevError) return error;
  throw error;
}
