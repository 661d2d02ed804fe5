/** Claiming as `hostdev fleet claim` and `hostdev fleet release` do it. */
import { HostdevError } from '../../../src/errors.ts';
import { claimFunctions } from '../../../src/fleet/claim.ts';
import type { FleetAccess } from '../../../src/fleet/fleet-access.ts';
import { releaseClaims } from '../../../src/fleet/release.ts';
import { GUESTS } from '../world.ts';
import type { Claiming } from './claiming.ts';
import { oneOf, type Surroundings } from './surroundings.ts';

export const commandClaiming: Claiming = {
  claim: async (by, { request, functions, host }) => {
    const [key = ''] = functions;
    const options = { target: { kind: 'key', key }, what: key, guest: oneOf(GUESTS, by.random) ?? '', host, count: 1, wholeGroup: true, until: null } as const;
    try {
      const { claims } = await claimFunctions(accessOf(by, request), options);
      by.say({ kind: 'holds', request, functions: claims.map(({ record }) => record.function) });
      return true;
    } catch (error) {
      if (codeOf(error) === 'fleet-unclear') return commandClaiming.giveUp(by, request);
      by.say({ kind: 'refused', request });
      return false;
    }
  },
  giveUp: async (by, request) => {
    const code = await released(by, request);
    // What a host has begun with is there, and is given back when the host has brought it to its end.
    if (code === 'claim-state') return true;
    by.say({ kind: 'gave up', request });
    return false;
  },
  free: async (by, held) => {
    const code = await released(by, held[0]?.claim.request ?? '');
    return code === undefined || code === 'claim-absent';
  },
};

function accessOf({ name, store, random }: Surroundings, request: string): FleetAccess {
  return { store, by: name, now: () => new Date(0), random, uuid: () => request };
}

/** Releases what a request has, until it is known what became of that; gives the code of a refusal. */
async function released(by: Surroundings, request: string): Promise<string | undefined> {
  for (;;) {
    try {
      await releaseClaims(by.store, { target: { kind: 'request', request }, dryRun: false });
      return undefined;
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'fleet-unclear' && code !== 'claim-changed') return code;
      await by.pause();
    }
  }
}

/** What is no refusal is a bug, and ends the round. */
function codeOf(error: unknown): string {
  if (error instanceof HostdevError) return error.code;
  throw error;
}
