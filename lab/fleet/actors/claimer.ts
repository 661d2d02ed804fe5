/** Somebody who asks for functions for guests, has them for a while and gives them back. */
import { requestsPrefix } from '../../../src/fleet/model/keys.ts';
import type { ClaimRequest } from '../../../src/fleet/model/records.ts';
import { type FleetFunction, FUNCTIONS, physicalOf } from '../world.ts';
import type { AskHost } from './asking.ts';
import type { Chosen, Claiming } from './claiming.ts';
import { oneOf, type Surroundings } from './surroundings.ts';
import { listClaims, readClaims } from './transact.ts';

/** Of those that end, that part still have what they hold. */
const KEEPS = 0.2;

/** How one comes to what it wants, and gets rid of it. */
export interface Ways {
  readonly claiming: Claiming;
  readonly askHost: AskHost;
}

export async function claimer(by: Surroundings, turns: number, ways: Ways): Promise<void> {
  const { claiming } = ways;
  by.say({ kind: 'begins', role: 'claimer', hosts: [] });
  await takeUp(by, ways);
  for (let turn = 0; turn < turns && !by.isOver(); turn += 1) {
    const chosen = await choose(by);
    if (chosen === undefined) await by.pause();
    else if (await claiming.claim(by, chosen)) {
      for (let left = by.random() * 6; left > 0; left -= 1) await by.pause();
      if (turn + 1 < turns || by.random() > KEEPS) await release(by, chosen.request, ways);
    }
  }
}

/** What was asked for under this name, by one who was killed: a request without a claim is given up, a claim given back. */
async function takeUp(by: Surroundings, ways: Ways): Promise<void> {
  for (const { value } of (await by.store.list(requestsPrefix)).entries) {
    const { by: owner, request } = JSON.parse(new TextDecoder().decode(value)) as ClaimRequest;
    if (owner === by.name) await ways.claiming.giveUp(by, request);
  }
  const claims = (await listClaims(by.store)).filter(({ claim }) => claim.by === by.name);
  for (const request of new Set(claims.map(({ claim }) => claim.request))) {
    const functions = claims.filter(({ claim }) => claim.request === request).map(({ claim }) => claim.function);
    by.say({ kind: 'holds', request, functions });
    await release(by, request, ways);
  }
}

async function choose(by: Surroundings): Promise<Chosen | undefined> {
  const taken = new Set((await listClaims(by.store)).map(({ claim }) => claim.function));
  const chosen = oneOf(
    FUNCTIONS.filter((each) => isFree(each, taken)),
    by.random,
  );
  const host = oneOf(chosen?.hosts ?? [], by.random);
  if (chosen === undefined || host === undefined) return undefined;
  return { request: `${by.name}-${Math.floor(by.random() * 2 ** 40).toString(36)}`, functions: chosen.group, host };
}

function isFree({ group }: FleetFunction, taken: ReadonlySet<string>): boolean {
  return group.every((key) => !taken.has(key) && !taken.has(physicalOf(key) ?? key) && ![...taken].some((each) => each.startsWith(`${key}/vf/`)));
}

/** Gives back what no guest has; of the rest the host is asked to take it away, which does it when it can. */
async function release(by: Surroundings, request: string, { claiming, askHost }: Ways): Promise<void> {
  const functions = (await listClaims(by.store)).filter(({ claim }) => claim.request === request).map(({ claim }) => claim.function);
  for (; functions.length > 0; await by.pause()) {
    const held = (await readClaims(by.store, functions)).filter(({ claim }) => claim.request === request);
    if (held.length === 0) break;
    if (held.every(({ claim }) => claim.state === 'claimed')) {
      if (await claiming.free(by, held)) break;
    } else if (held.every(({ claim }) => claim.state === 'claimed' || claim.state === 'attached')) {
      await askHost(
        by,
        held.filter(({ claim }) => claim.state === 'attached'),
      );
    }
  }
  by.say({ kind: 'released', request });
}
