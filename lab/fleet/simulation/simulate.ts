/** A run of claimers and hosts in one process over a store in memory, with lost answers, late transactions, kills and stops, the same for the same seed. */
import { claimsPrefix } from '../../../src/fleet/model/keys.ts';
import type { FleetStore } from '../../../src/fleet/store/store.ts';
import { memoryFleet } from '../../../src/testing/fleet-store/memory-fleet.ts';
import { cleanUp, reap } from '../actors/administrator.ts';
import { askByClaims } from '../actors/asking.ts';
import { claimer } from '../actors/claimer.ts';
import { commandClaiming } from '../actors/command-claiming.ts';
import { host, type InGuest, type Kernel } from '../actors/host.ts';
import { losingStore } from '../actors/losing-store.ts';
import { ownClaiming } from '../actors/own-claiming.ts';
import type { Planted } from '../actors/planted.ts';
import { publishWorld } from '../actors/publish.ts';
import type { Surroundings } from '../actors/surroundings.ts';
import type { Recorded } from '../checker/recorded.ts';
import { isOnHost } from '../checker/stay.ts';
import type { HistoryEvent, OnHost } from '../history/event.ts';
import { recordedStore, seenClaims } from '../history/recorded-store.ts';
import { GROUPS, HOSTS } from '../world.ts';
import { type Life, seeded, takeTurns } from './turns.ts';

export interface Scene {
  readonly seed: number;
  readonly claimers: number;
  /** How often each asks. */
  readonly turns: number;
  /** Claims are made as the commands make them, or in a way of the laboratory's own, with a bug or without. */
  readonly way: 'commands' | 'own' | Planted;
}

/** Of answers, how many are lost; each is one that never arrived, that happened, or that happens later. */
const LOST = 0.1;
/** Chances at each turn. */
const KILLED = 0.002;
const STOPPED = 0.003;
const GOES_ON = 0.01;
const ARRIVES = 0.02;
/** Of killed claimers, how many do not come back. */
const GONE = 0.3;
const TURNS_A_SECOND = 20;
const MOST_TURNS = 400_000;

export async function simulate({ seed, claimers, turns: asks, way }: Scene): Promise<Recorded> {
  const planted = way === 'commands' || way === 'own' ? undefined : way;
  const claiming = way === 'commands' ? commandClaiming : ownClaiming(planted);
  const random = seeded(seed);
  const turns = takeTurns(random);
  const fleet = memoryFleet();
  const plain = fleet.open();
  await publishWorld(plain);
  const events: HistoryEvent[] = [];
  const late: (() => Promise<unknown>)[] = [];
  const acting = new Map<Life, FleetStore>();
  const gone: string[] = [];
  let quiet = false;
  let left = claimers;

  const say = (actor: string, what: Parameters<Surroundings['say']>[0]): void => void events.push({ at: BigInt(events.length), actor, ...what });

  /** Begins a life of an actor, which is begun again by `again` when it is killed. */
  const begin = (actor: string, act: (by: Surroundings) => Promise<void>, isOver: () => boolean): Promise<void> => {
    const life: Life = { actor, killed: false, stopped: false, ended: false };
    const store = fleet.open();
    const speak: Surroundings['say'] = (what) => {
      if (!life.killed) say(actor, what);
    };
    const pause = (): Promise<void> => turns.wait(life);
    const inTurn = <T>(ask: () => Promise<T>): Promise<T> =>
      pause()
        .then(ask)
        .then((answer) => pause().then(() => answer));
    const losing = losingStore(store, { share: () => (quiet ? 0 : LOST), random, later: (act) => void late.push(act) });
    const faulty: FleetStore = {
      ...store,
      get: (keys) => inTurn(() => store.get(keys)),
      list: (prefix, wish) => inTurn(() => store.list(prefix, wish)),
      commit: (transaction) => inTurn(() => losing.commit(transaction)),
    };
    acting.set(life, store);
    return act({ name: actor, store: recordedStore(faulty, { say: speak, now: () => BigInt(events.length) }), say: speak, pause, random, isOver }).finally(
      () => {
        life.ended = true;
        acting.delete(life);
      },
    );
  };

  const kernels = new Map(HOSTS.map((name) => [name as string, kernelInMemory()]));
  const beginHost = (name: string): void => {
    const journal = { append: (entry: OnHost) => say(`journal-${name}`, entry), read: () => events.filter(isOnHost).filter((entry) => entry.host === name) };
    const kernel = kernels.get(name) ?? kernelInMemory();
    void begin(
      `host-${name}`,
      (by) => host(by, { name, kernel, journal }, planted),
      () => hostsAreOver,
    );
  };
  const beginClaimer = (name: string): void => {
    void begin(
      name,
      (by) => claimer(by, asks, { claiming, askHost: askByClaims }),
      () => false,
    ).then(() => (left -= 1));
  };
  let hostsAreOver = false;
  let cleaning = false;
  for (const name of HOSTS) beginHost(name);
  for (let i = 0; i < claimers; i += 1) beginClaimer(`claimer-${i}`);
  if (planted === 'free on silence') void begin('reaper', reap, () => hostsAreOver);

  const kill = (life: Life): void => {
    life.killed = true;
    const store = acting.get(life);
    if (store !== undefined) fleet.silence(store);
    acting.delete(life);
    say('faults', { kind: 'killed', who: [life.actor] });
    if (life.actor.startsWith('host-')) beginHost(life.actor.slice(5));
    else if (random() >= GONE) beginClaimer(life.actor);
    else {
      gone.push(life.actor);
      left -= 1;
    }
  };
  const disturb = (turn: number): void => {
    if (turn % TURNS_A_SECOND === 0) fleet.pass(1);
    if (late.length > 0 && random() < ARRIVES) void late.shift()?.();
    const victims = [...acting.keys()].filter(({ actor }) => actor !== 'administrator' && actor !== 'reaper');
    const victim = victims[Math.floor(random() * victims.length)];
    if (victim !== undefined && !quiet && random() < KILLED) kill(victim);
    else if (victim !== undefined && !victim.stopped && !quiet && random() < STOPPED) {
      victim.stopped = true;
      const store = acting.get(victim);
      if (store !== undefined) fleet.silence(store);
      say('faults', { kind: 'stopped', who: [victim.actor] });
    }
    for (const life of acting.keys()) {
      if (!life.stopped || (!quiet && random() >= GOES_ON)) continue;
      life.stopped = false;
      say('faults', { kind: 'continued', who: [life.actor] });
    }
    if (left > 0 || cleaning) return;
    // Everybody has ended: what is on its way arrives, what those left behind who are gone for good is taken away, then hosts rest.
    cleaning = quiet = true;
    for (const act of late.splice(0)) void act();
    void begin(
      'administrator',
      (by) => cleanUp(by, gone, askByClaims),
      () => false,
    ).then(() => (hostsAreOver = true));
  };
  say('faults', { kind: 'begins', role: 'faults', hosts: [] });
  await turns.run(MOST_TURNS, disturb);
  const { entries } = await plain.list(claimsPrefix);
  return { events, claims: seenClaims(entries), groups: GROUPS };
}

function kernelInMemory(): Kernel {
  const devices = new Map<string, InGuest>();
  const keyOf = ({ function: name, token }: InGuest): string => `${name} ${token}`;
  return {
    inGuests: () => [...devices.values()],
    attach: (device) => void devices.set(keyOf(device), device),
    detach: (device) => void devices.delete(keyOf(device)),
  };
}
