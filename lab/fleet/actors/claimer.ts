/** Somebody who asks for functions for guests, has them for a while and gives them back. */
import { claimKey, requestKey, requestsPrefix } from '../../../src/fleet/model/keys.ts';
import type { Claim, ClaimRequest } from '../../../src/fleet/model/records.ts';
import type { Compare, Transaction } from '../../../src/fleet/store/store.ts';
import { type FleetFunction, FUNCTIONS, physicalOf } from '../world.ts';
import type { Planted } from './planted.ts';
import { oneOf, type Surroundings } from './surroundings.ts';
import { clearly, encode, heldOf, listClaims, move, readClaims, takingAway } from './transact.ts';

const LEASE_SECONDS = 5;
/** Of those that end, that part still have what they hold. */
const KEEPS = 0.2;

/** What it was asked for, and how that is written. */
interface Wish {
  readonly request: string;
  readonly made: bigint;
  readonly functions: readonly string[];
  readonly host: string;
}

export async function claimer(by: Surroundings, turns: number, planted?: Planted): Promise<void> {
  by.say({ kind: 'begins', role: 'claimer', hosts: [] });
  await takeUp(by);
  for (let turn = 0; turn < turns && !by.isOver(); turn += 1) {
    const wish = await choose(by, `${by.name}-${Math.floor(by.random() * 2 ** 40).toString(36)}`, planted);
    if (wish === undefined) await by.pause();
    else if (await claim(by, wish, planted)) {
      for (let left = by.random() * 6; left > 0; left -= 1) await by.pause();
      if (turn + 1 < turns || by.random() > KEEPS) await release(by, wish.request, wish.functions);
    }
  }
}

/** What was asked for under this name, by one who was killed: a claim is taken, a request without one given up. */
async function takeUp(by: Surroundings): Promise<void> {
  const { entries } = await by.store.list(requestsPrefix);
  for (const { key, value, created } of entries) {
    const asked = JSON.parse(new TextDecoder().decode(value)) as ClaimRequest;
    if (asked.by === by.name) await giveUp(by, { request: key.slice(requestsPrefix.length), made: created });
  }
  const claims = (await listClaims(by.store)).filter(({ claim }) => claim.by === by.name);
  for (const request of new Set(claims.map(({ claim }) => claim.request))) {
    const functions = claims.filter(({ claim }) => claim.request === request).map(({ claim }) => claim.function);
    by.say({ kind: 'holds', request, functions });
    await release(by, request, functions);
  }
}

async function choose(by: Surroundings, request: string, planted: Planted | undefined): Promise<Wish | undefined> {
  const taken = new Set((await listClaims(by.store)).map(({ claim }) => claim.function));
  const chosen = oneOf(
    FUNCTIONS.filter((each) => isFree(each, taken)),
    by.random,
  );
  const host = oneOf(chosen?.hosts ?? [], by.random);
  if (chosen === undefined || host === undefined) return undefined;
  const functions = planted === 'group not whole' ? [chosen.key] : chosen.group;
  return ask(by, request, { functions, host });
}

function isFree({ group }: FleetFunction, taken: ReadonlySet<string>): boolean {
  return group.every((key) => !taken.has(key) && !taken.has(physicalOf(key) ?? key) && ![...taken].some((each) => each.startsWith(`${key}/vf/`)));
}

/** Writes down what it is about to ask for. */
async function ask(by: Surroundings, request: string, rest: Pick<Wish, 'functions' | 'host'>): Promise<Wish | undefined> {
  const key = requestKey(request);
  const record: ClaimRequest = { version: 1, request, what: rest.functions.join(' '), guest: request, by: by.name, at: 'now' };
  const answer = await clearly(by, { compares: [{ kind: 'absent', key }], operations: [{ kind: 'put', key, value: encode(record) }] });
  const made = answer.outcome === 'done' ? answer.revision : answer.current.find((each) => each.key === key)?.created;
  return made === undefined ? undefined : { request, made, functions: rest.functions, host: rest.host };
}

async function claim(by: Surroundings, wish: Wish, planted: Planted | undefined): Promise<boolean> {
  const transaction = claiming(by, wish);
  for (let mayComeLate = false; ; mayComeLate = true) {
    const answer = await by.store.commit(transaction);
    const holds = answer.outcome === 'done' || (answer.outcome === 'refused' && answer.current.some((each) => isOf(each.key, each.value, wish)));
    if (holds) {
      by.say({ kind: 'holds', request: wish.request, functions: wish.functions });
      if (planted === 'lease as ownership') await lease(by, wish);
      return true;
    }
    if (answer.outcome === 'refused' && mayComeLate) return giveUp(by, wish);
    if (answer.outcome === 'refused') {
      await removeRequest(by, wish);
      by.say({ kind: 'refused', request: wish.request });
      return false;
    }
    if (planted === 'retry with a new request') {
      const again = await ask(by, `${wish.request}x`, wish);
      return again !== undefined && claim(by, again, planted);
    }
    if (by.random() < 0.3) return giveUp(by, wish);
    await by.pause();
  }
}

function claiming(by: Surroundings, { request, made, functions, host }: Wish): Transaction {
  const own = functions.flatMap((name): Compare[] => {
    const physical = physicalOf(name);
    const kin: Compare = physical === undefined ? { kind: 'none under', prefix: `${claimKey(name)}/` } : { kind: 'absent', key: claimKey(physical) };
    return [{ kind: 'absent', key: claimKey(name) }, kin];
  });
  const record = (name: string): Claim => ({
    ...{ version: 1, request, function: name, host, guest: request, state: 'claimed', mapping: null, together: functions.filter((each) => each !== name) },
    ...{ fingerprint: '', by: by.name, at: 'now', until: null, why: null },
  });
  return {
    compares: [{ kind: 'created', key: requestKey(request), revision: made }, ...own],
    operations: functions.map((name) => ({ kind: 'put', key: claimKey(name), value: encode(record(name)) })),
  };
}

const isOf = (key: string, value: Uint8Array, { request, functions }: Wish): boolean =>
  functions.some((name) => claimKey(name) === key) && (JSON.parse(new TextDecoder().decode(value)) as Claim).request === request;

/** Takes the request away first: behind that no claim of it can come, so what is there then is the truth. */
async function giveUp(by: Surroundings, wish: Pick<Wish, 'request' | 'made'>): Promise<boolean> {
  await removeRequest(by, wish);
  const functions = (await listClaims(by.store)).filter(({ claim }) => claim.request === wish.request).map(({ claim }) => claim.function);
  if (functions.length > 0) by.say({ kind: 'holds', request: wish.request, functions });
  else by.say({ kind: 'gave up', request: wish.request });
  return functions.length > 0;
}

async function removeRequest(by: Surroundings, { request, made }: Pick<Wish, 'request' | 'made'>): Promise<void> {
  const key = requestKey(request);
  await clearly(by, { compares: [{ kind: 'created', key, revision: made }], operations: [{ kind: 'delete', key }] });
}

/** Gives back what no guest has; of the rest the host is asked to take it away, which does it when it can. */
async function release(by: Surroundings, request: string, functions: readonly string[]): Promise<void> {
  for (;;) {
    const held = (await readClaims(by.store, functions)).filter(({ claim }) => claim.request === request);
    if (held.length === 0) break;
    if (held.every(({ claim }) => claim.state === 'claimed')) {
      if ((await clearly(by, takingAway(held))).outcome === 'done') break;
    } else if (held.every(({ claim }) => claim.state === 'attached')) await move(by, held, 'releasing');
    await by.pause();
  }
  by.say({ kind: 'released', request });
}

/** The bug: what is claimed is there only as long as its owner says something. */
async function lease({ store }: Surroundings, { functions }: Wish): Promise<void> {
  for (const entry of (await store.get(functions.map(claimKey))).entries) {
    await store.alive(entry.key, encode(heldOf(entry).claim), LEASE_SECONDS);
  }
}
