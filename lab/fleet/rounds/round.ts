/** One round: claimers and hosts in processes over a store of their own, which are killed and stopped; then everybody comes to rest, and the checker judges. */
import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { initFleet } from '../../../src/fleet/fleet-record.ts';
import { claimsPrefix, inventoryKey } from '../../../src/fleet/model/keys.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { cleanUp } from '../actors/administrator.ts';
import { askByClaims, type AskHost } from '../actors/asking.ts';
import { isOfOwn, type PlantedInRounds } from '../actors/planted.ts';
import { publishWorld } from '../actors/publish.ts';
import { oneOf } from '../actors/surroundings.ts';
import { checkHistory } from '../checker/check.ts';
import type { Conviction, Recorded } from '../checker/recorded.ts';
import { recordedStore, seenClaims } from '../history/recorded-store.ts';
import { openRecorder, readHistories } from '../history/recorder.ts';
import { askInFiles } from '../machine/asked.ts';
import { startMachine } from '../machine/libvirt.ts';
import { seeded } from '../simulation/turns.ts';
import { GROUPS, HOSTS } from '../world.ts';
import type { Disturb } from './ground.ts';
import type { Place } from './message.ts';
import { openPlace } from './open-place.ts';
import { patientStore } from './patient-store.ts';
import type { Player } from './troupe.ts';

export interface RoundWish {
  readonly seed: number;
  readonly place: Place;
  readonly disturb: Disturb;
  readonly directory: string;
  readonly planted: PlantedInRounds | undefined;
}

export interface RoundResult {
  readonly convictions: readonly Conviction[];
  readonly events: number;
  readonly granted: number;
  /** How often a function came into a guest. */
  readonly attached: number;
  readonly unclear: number;
  readonly killed: number;
  readonly stopped: number;
  /** What happened to the store. */
  readonly disturbed: number;
}

/** Between two faults, and how long somebody is stopped, at most. */
const BETWEEN_MS = 250;
const STOPPED_MS = 400;
const FAULTS = 8;
/** Of claimers that are alone and killed, how many do not come back. */
const GONE = 0.3;
/** Also on a machine that has little time for it. */
const ROUND_MS = 600_000;
const POLL_MS = 10;

export async function playRound(players: readonly Player[], { seed, place, disturb, directory, planted }: RoundWish): Promise<RoundResult> {
  const random = seeded(seed);
  mkdirSync(directory, { recursive: true });
  const faults = openRecorder(directory, 'faults');
  faults.say({ kind: 'begins', role: 'faults', hosts: [] });
  const store = patientStore(await openPlace(place));
  const machines = isOfOwn(planted) ? [] : await Promise.all(HOSTS.map((name) => startMachine(name, directory)));
  const places = machines.map((each) => each.place);
  const askHost = places.length > 0 ? askInFiles(places) : askByClaims;
  const told = { place, directory, seed, planted, machines: places };
  const claiming = new Set(players.filter(({ part }) => part.kind === 'claimers'));
  const hosts = players.filter(({ part }) => part.kind === 'host');
  for (const each of hosts) each.begin(told);
  if (isOfOwn(planted)) await publishWorld(store);
  else await makeFleet(store);
  for (const each of claiming) each.begin(told);
  const disturbed = disturb(random, (what) => faults.say({ kind: 'store', what }));
  const gone: string[] = [];
  for (let left = FAULTS; left > 0; left -= 1) {
    await sleep(random() * BETWEEN_MS);
    const victim = oneOf([...claiming, ...hosts], random);
    if (victim === undefined) break;
    const who = victim.names;
    if (random() < 0.5) {
      faults.say({ kind: 'stopped', who });
      victim.signal('SIGSTOP');
      await sleep(random() * STOPPED_MS);
      victim.signal('SIGCONT');
      faults.say({ kind: 'continued', who });
      continue;
    }
    await victim.kill();
    faults.say({ kind: 'killed', who });
    if (who.length === 1 && claiming.has(victim) && random() < GONE) {
      claiming.delete(victim);
      gone.push(...who);
    } else victim.begin({ ...told, seed: seed + left });
  }
  await within(disturbed, 'the faults of the store');
  await within(Promise.all([...claiming].map((each) => each.ended())), 'claimers');
  await putInOrder(store, { directory, random, gone, askHost });
  for (const each of hosts) each.over();
  await within(Promise.all(hosts.map((each) => each.ended())), 'hosts');
  for (const each of machines) await each.stop();
  faults.close();
  const recorded: Recorded = { events: readHistories(directory), claims: await claimsOf(store), groups: GROUPS };
  await store.close();
  return { convictions: checkHistory(recorded), ...countsOf(recorded) };
}

/** Where nothing is given without a claim; its hosts tell of themselves. */
async function makeFleet(store: FleetStore): Promise<void> {
  await initFleet(store, { requireClaims: true, by: 'faults', now: new Date() });
  const published = async (): Promise<void> => {
    while ((await store.get(HOSTS.map(inventoryKey))).entries.length < HOSTS.length) await sleep(POLL_MS);
  };
  await within(published(), 'hosts that tell of themselves');
}

interface Order {
  readonly directory: string;
  readonly random: () => number;
  readonly gone: readonly string[];
  readonly askHost: AskHost;
}

async function putInOrder(store: FleetStore, { directory, random, gone, askHost }: Order): Promise<void> {
  const recorder = openRecorder(directory, 'administrator');
  const own = recordedStore(store, recorder);
  const surroundings = { name: 'administrator', store: own, say: recorder.say, pause: () => sleep(5), random, isOver: () => false };
  await within(cleanUp(surroundings, gone, askHost), 'the administrator');
  recorder.close();
}

async function claimsOf(store: FleetStore): Promise<Recorded['claims']> {
  const { entries } = await store.list(claimsPrefix);
  return seenClaims(entries);
}

async function within<T>(act: Promise<T>, who: string): Promise<T> {
  const stop = new AbortController();
  const late = sleep(ROUND_MS, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`${who} have not come to an end within ${ROUND_MS / 1000} s`);
  });
  try {
    return await Promise.race([act, late]);
  } finally {
    stop.abort();
    late.catch(() => undefined);
  }
}

function countsOf({ events }: Recorded): Omit<RoundResult, 'convictions'> {
  const count = (is: (event: Recorded['events'][number]) => boolean): number => events.filter(is).length;
  return {
    events: events.length,
    granted: count(({ kind }) => kind === 'holds'),
    attached: count(({ kind }) => kind === 'attached'),
    unclear: count((event) => event.kind === 'answered' && event.outcome === 'unclear'),
    killed: count(({ kind }) => kind === 'killed'),
    stopped: count(({ kind }) => kind === 'stopped'),
    disturbed: count(({ kind }) => kind === 'store'),
  };
}
