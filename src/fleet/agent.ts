/** The agent of a host: tells its fleet of it whenever something has changed, and answers for its claims. It decides nothing by silence or clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lookingConnector, openLibvirt } from '../app/guests/connect.ts';
import { hearKernelAgain } from '../app/hear-kernel.ts';
import { watchGuests } from '../app/watch-guests.ts';
import { HostdevError, type Problem, unlessRefused } from '../errors.ts';
import { type Bell, bell } from './bell.ts';
import { claimPrefixes } from './claims-of-host.ts';
import { readMachineSerial } from './machine-identity.ts';
import { aliveKey } from './model/keys.ts';
import type { Correction } from './model/reconcile.ts';
import { publish, type Published } from './publish.ts';
import { reconcileClaims, type ReconcilingHost } from './reconcile-claims.ts';
import type { Alive, FleetStore } from './store/store.ts';

export type Agent = Omit<ReconcilingHost, 'link'> & { readonly libvirtUri: string | undefined };

/** What a round found and did. */
export interface Round {
  readonly published: Published;
  readonly corrections: readonly Correction[];
  readonly problems: readonly Problem[];
}

export interface AgentOptions {
  readonly signal: AbortSignal;
  readonly onRound: (round: Round) => void;
  /** What kept a round from being made; it is tried again. */
  readonly onProblem: (problem: Problem) => void;
  readonly pace?: AgentPace | undefined;
}

/** Milliseconds. */
interface AgentPace {
  /** Between two looks at everything, although nothing has been heard. */
  readonly every: number;
  /** What happens comes in bursts: so long is waited for the rest. */
  readonly settle: number;
  /** After a round that could not be made; doubled each time, as far as `every`. */
  readonly again: number;
}

const PACE: AgentPace = { every: 60_000, settle: 500, again: 1000 };

/** Of the time no more than a quarter is spent on looking. */
const SHARE = 3;

/** A sign of life is renewed by the store; so long it stays without. */
const ALIVE_SECONDS = 60;

/** One look: claims first, so that nobody claims by a record that is newer than what the host says of its claims. */
export async function agentRound(agent: Agent, store: FleetStore, signal?: AbortSignal): Promise<Round> {
  const link = await openLibvirt(agent.libvirtUri, signal).catch(unlessRefused);
  try {
    const { told, corrections, problems } = await reconcileClaims({ ...agent, link }, store, signal);
    return { published: await publish(store, told, () => new Date(), signal), corrections, problems };
  } finally {
    await link?.close();
  }
}

/** Looks, tells and follows until the signal. */
export async function runAgent(agent: Agent, store: FleetStore, options: AgentOptions): Promise<void> {
  const { signal, pace = PACE } = options;
  const news = bell();
  const heartbeat = keepHeartbeat(agent, store, news);
  const following = follow(agent, store, { news, signal, pace });
  let again = pace.again;
  while (!signal.aborted) {
    const began = Date.now();
    let wait = pace.every;
    try {
      await heartbeat.ensure();
      options.onRound(await agentRound(agent, store, signal));
      again = pace.again;
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      if (!signal.aborted) options.onProblem(error.toProblem());
      wait = again;
      again = Math.min(2 * again, pace.every);
    }
    await sleep(Math.min(pace.every, SHARE * (Date.now() - began)), undefined, { signal }).catch(() => undefined);
    await news.next(wait, signal);
    await sleep(pace.settle, undefined, { signal }).catch(() => undefined);
  }
  await following;
  await heartbeat.end();
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

/** Kernel, libvirt and claims; what none of them tells is seen by the next look. */
async function follow(agent: Agent, store: FleetStore, following: Following): Promise<void> {
  const { news, signal } = following;
  const { port } = agent.context;
  const identity = { host: agent.host, serial: await readMachineSerial(port) };
  const onEvent = (): void => news.ring();
  await Promise.all([
    hearKernelAgain(port, { onBegin: () => undefined, onFunction: onEvent, onEnd: () => undefined }, signal),
    watchGuests(lookingConnector(agent.libvirtUri, signal), { signal, onEvent, now: () => new Date().toISOString() }).catch(unlessRefused),
    ...claimPrefixes(identity).map(async (prefix) => followClaims(store, prefix, following)),
  ]);
}

async function followClaims(store: FleetStore, prefix: string, { news, signal, pace }: Following): Promise<void> {
  while (!signal.aborted) {
    try {
      const { revision } = await store.list(prefix, { limit: 1 }, signal);
      for await (const event of store.watch(prefix, revision, signal)) {
        if (event.kind === 'compacted') break;
        if (event.kind !== 'progress') news.ring();
      }
    } catch (error) {
      unlessRefused(error);
    }
    // Whatever was missed is seen by looking.
    news.ring();
    await sleep(pace.again, undefined, { signal }).catch(() => undefined);
  }
}
