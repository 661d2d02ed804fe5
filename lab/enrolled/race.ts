/** Claimers outside that want one function again and again: whoever has it keeps it until somebody gives it back. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../../src/errors.ts';
import { claimFunctions } from '../../src/fleet/claim.ts';
import type { FleetAccess } from '../../src/fleet/fleet-access.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';

export interface Won {
  readonly by: string;
  readonly guest: string;
  readonly request: string;
  readonly token: bigint;
}

export interface Race {
  /** All that had it so far, in the order in which they were told. */
  readonly winners: readonly Won[];
  /** What those were told who were refused because somebody has it, and how often. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Who has it next, by a claim that is newer than this one. */
  readonly next: (token: bigint) => Promise<Won>;
  readonly stop: () => Promise<void>;
}

const PAUSE_MS = 400;
const NEXT_MS = 5 * 60_000;

/** What can happen to whoever comes too late; all else is a bug. A host says for a moment yet that a guest has what it has given back. */
const TOO_LATE = new Set(['claim-held', 'claim-impossible', 'fleet-changed']);

/** A claimer for each of these guests, each with a connection of its own. */
export function startRace(key: string, guests: readonly string[], open: () => Promise<FleetStore>): Race {
  const winners: Won[] = [];
  const refusals = new Map<string, number>();
  const stop = new AbortController();
  let failed: unknown;

  async function claimer(guest: string, by: string): Promise<void> {
    const store = await open();
    const access: FleetAccess = { store, by, now: () => new Date(), random: Math.random, uuid: randomUUID };
    const wish = { target: { kind: 'key', key }, what: key, guest, count: 1, wholeGroup: false, until: null } as const;
    try {
      while (!stop.signal.aborted) {
        try {
          const { request, claims } = await claimFunctions(access, wish);
          for (const { record, created } of claims) winners.push({ by: record.by, guest: record.guest, request, token: created });
        } catch (error) {
          if (!(error instanceof HostdevError) || !TOO_LATE.has(error.code)) throw error;
          if (error.code === 'claim-held') refusals.set(error.message, (refusals.get(error.message) ?? 0) + 1);
        }
        await sleep(PAUSE_MS * (0.5 + Math.random()));
      }
    } finally {
      await store.close();
    }
  }

  const running = Promise.all(guests.map((guest, i) => claimer(guest, `claimer ${i + 1}`))).catch((error: unknown) => {
    failed = error;
    stop.abort();
  });
  return {
    winners,
    refusals,
    next: async (token) => {
      for (const last = Date.now() + NEXT_MS; ; await sleep(PAUSE_MS)) {
        if (failed !== undefined) throw failed;
        const won = winners.find((each) => each.token > token);
        if (won !== undefined) return won;
        if (Date.now() > last) throw new Error(`nobody claims ${key}, which is free; refused were ${JSON.stringify([...refusals])}`);
      }
    },
    stop: async () => {
      stop.abort();
      await running;
      if (failed !== undefined) throw failed;
    },
  };
}
