/** The agent of a host: tells its fleet of it whenever something has changed, and answers for its claims. It decides nothing by silence or clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lookingConnector, openLibvirt } from '../app/guests/connect.ts';
import { hearKernelAgain } from '../app/hear-kernel.ts';
import { watchGuests } from '../app/watch-guests.ts';
import { HostdevError, type Problem, unlessRefused } from '../errors.ts';
import { backOff, type BackOffPace } from './back-off.ts';
import { type Bell, bell } from './bell.ts';
import { claimPrefixes } from './claims-of-host.ts';
import { requireEnrolled } from './enrolment.ts';
import { readMachineId, readMachineSerial } from './machine-identity.ts';
import { aliveKey, hostPrefix } from './model/keys.ts';
import type { Correction } from './model/reconcile.ts';
import { publish, type Published } from './publish.ts';
import { reconcileClaims, type ReconcilingHost } from './reconcile-claims.ts';
import type { Alive, FleetStore, WatchEvent } from './store/store.ts';

export type Agent = Omit<ReconcilingHost, 'link' | 'record'> & { readonly libvirtUri: string | undefined };

/** What a round found and did. */
export interface Round {
  readonly published: Published;
  readonly corrections: readonly Correction[];
  readonly problems: readonly Problem[];
}

export interface AgentOptions {
  readonly signal: AbortSignal;
  /** Throws `fleet-left` where this machine is not that host of that fleet any more; asked before each round. */
  readonly requireSameFleet: () => Promise<void>;
  readonly onRound: (round: Round) => void;
  /** What keeps rounds from being made, once for as long as it is the same; it is tried again. */
  readonly onProblem: (problem: Problem) => void;
  /** Rounds are made again. */
  readonly onBack: () => void;
  readonly pace?: AgentPace | undefined;
}

/** Milliseconds. After a round that could not be made it waits for `again`, doubled each time as far as `every`. */
interface AgentPace extends BackOffPace {
  /** What happens comes in bursts: so long is waited for the rest. */
  readonly settle: number;
}

const PACE: AgentPace = { every: 60_000, settle: 500, again: 1000 };

/** Of the time no more than a quarter is spent on looking. */
const SHARE = 3;

/** A sign of life is renewed by the store; so long it stays without. */
const ALIVE_SECONDS = 60;

interface RoundOptions {
  /** Whether the host has joined before: where its record is gone, it has left. Without, it joins by this round. */
  readonly isEnrolled?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One look: claims first, so that nobody claims by a record that is newer than what the host says of its claims.
 *
 * @throws {HostdevError} `fleet-left`, `fleet-name-taken`, and what keeps host or store from being read or written.
 */
export async function agentRound(agent: Agent, store: FleetStore, { isEnrolled = false, signal }: RoundOptions = {}): Promise<Round> {
  // Whoever is none of the fleet's hosts corrects nothing there.
  const machineId = await readMachineId(agent.context.port);
  const enrolled = isEnrolled ? await requireEnrolled(store, agent.host, machineId, signal) : undefined;
  const link = await openLibvirt(agent.libvirtUri, signal).catch(unlessRefused);
  try {
    const { told, corrections, problems } = await reconcileClaims({ ...agent, link, record: enrolled?.created }, store, signal);
    return { published: await publish(store, told, { isEnrolled, now: () => new Date(), signal }), corrections, problems };
  } finally {
    await link?.close();
  }
}

/**
 * Looks, tells and follows until the signal.
 *
 * @throws {HostdevError} `fleet-left`.
 */
export async function runAgent(agent: Agent, store: FleetStore, options: AgentOptions): Promise<void> {
  const { pace = PACE } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const news = bell();
  const heartbeat = keepHeartbeat(agent, store, news);
  const following = follow(agent, store, { news, signal, pace });
  try {
    await makeRounds({ agent, store, heartbeat, news }, { ...options, signal, pace });
  } finally {
    ending.abort();
    await following;
    await heartbeat.end();
  }
}

interface Rounds {
  readonly agent: Agent;
  readonly store: FleetStore;
  readonly heartbeat: Heartbeat;
  readonly news: Bell;
}

async function makeRounds({ agent, store, heartbeat, news }: Rounds, options: AgentOptions & { readonly pace: AgentPace }): Promise<void> {
  const { signal, pace, onRound, onProblem, onBack, requireSameFleet } = options;
  const waits = backOff(pace);
  /** Of what keeps rounds from being made now. */
  let told: Problem['code'] | undefined;
  while (!signal.aborted) {
    const began = Date.now();
    const rest = async (least: number): Promise<unknown> => pause(Math.min(pace.every, Math.max(least, SHARE * (Date.now() - began))), signal);
    try {
      await requireSameFleet();
      const round = await agentRound(agent, store, { isEnrolled: true, signal });
      // Whoever is none of the fleet's hosts gives no sign of life there.
      await heartbeat.ensure();
      if (told !== undefined) onBack();
      told = undefined;
      waits.reset();
      onRound(round);
    } catch (error) {
      if (!(error instanceof HostdevError) || error.code === 'fleet-left') throw error;
      if (!signal.aborted && told !== error.code) onProblem(error.toProblem());
      told = error.code;
      // Whatever rings meanwhile: what is away is not asked more often for it.
      await rest(waits.next());
      continue;
    }
    await rest(0);
    await news.next(pace.every, signal);
    await pause(pace.settle, signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<unknown> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}

interface Heartbeat {
  /** Says that the agent lives, where that is not said. */
  readonly ensure: () => Promise<void>;
  readonly end: () => Promise<void>;
}

function keepHeartbeat({ host, version }: Agent, store: FleetStore, news: Bell): Heartbeat {
  let alive: Alive | undefined;
  return {
    ensure: async () => {
      if (alive !== undefined) return;
      const value = new TextEncoder().encode(JSON.stringify({ version: 1, host, hostdev: version }));
      const now = await store.alive(aliveKey(host), value, ALIVE_SECONDS);
      alive = now;
      const forget = async (): Promise<void> => {
        await now.lost;
        if (alive === now) alive = undefined;
        news.ring();
      };
      void forget();
    },
    end: async () => {
      const last = alive;
      alive = undefined;
      await last?.end().catch(unlessRefused);
    },
  };
}

interface Following {
  readonly news: Bell;
  readonly signal: AbortSignal;
  readonly pace: AgentPace;
}

/** Kernel, libvirt, claims, and whether the host's record goes; what none of them tells is seen by the next look. */
async function follow(agent: Agent, store: FleetStore, following: Following): Promise<void> {
  const { news, signal } = following;
  const { port } = agent.context;
  const identity = { host: agent.host, serial: await readMachineSerial(port) };
  const onEvent = (): void => news.ring();
  await Promise.all([
    hearKernelAgain(port, { onBegin: () => undefined, onFunction: onEvent, onEnd: () => undefined }, signal),
    watchGuests(lookingConnector(agent.libvirtUri, signal), { signal, onEvent, now: () => new Date().toISOString() }).catch(unlessRefused),
    ...claimPrefixes(identity).map(async (prefix) => followKeys(store, { prefix, isNews: () => true }, following)),
    // What it writes there itself is no news.
    followKeys(store, { prefix: hostPrefix(agent.host), isNews: ({ kind }) => kind === 'delete' }, following),
  ]);
}

interface Followed {
  readonly prefix: string;
  readonly isNews: (event: WatchEvent) => boolean;
}

async function followKeys(store: FleetStore, { prefix, isNews }: Followed, { news, signal, pace }: Following): Promise<void> {
  const waits = backOff(pace);
  for (let missed = false; !signal.aborted; missed = true) {
    try {
      const { revision } = await store.list(prefix, { limit: 1 }, signal);
      // What happened while nobody listened is seen by looking.
      if (missed) news.ring();
      for await (const event of store.watch(prefix, revision, signal)) {
        waits.reset();
        if (event.kind === 'compacted') break;
        if (event.kind !== 'progress' && isNews(event)) news.ring();
      }
    } catch (error) {
      unlessRefused(error);
    }
    await pause(waits.next(), signal);
  }
}
