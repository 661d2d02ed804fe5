/** Claiming in few transactions, written for the laboratory: right as it is, and a place to plant bugs in. */
import { claimKey, requestKey } from '../../../src/fleet/model/keys.ts';
import type { Claim, ClaimRequest } from '../../../src/fleet/model/records.ts';
import type { Compare, Transaction } from '../../../src/fleet/store/store.ts';
import { physicalOf } from '../world.ts';
import type { Chosen, Claiming } from './claiming.ts';
import type { Planted } from './planted.ts';
import type { Surroundings } from './surroundings.ts';
import { clearly, encode, heldOf, listClaims, takingAway } from './transact.ts';

const LEASE_SECONDS = 5;
/** Of unclear answers, how many make it give up. */
const GIVES_UP = 0.3;

/** What was asked for, and when that was written down. */
interface Wish extends Chosen {
  readonly made: bigint;
}

export function ownClaiming(planted?: Planted): Claiming {
  return {
    claim: async (by, chosen) => {
      const wish = await ask(by, planted === 'group not whole' ? { ...chosen, functions: chosen.functions.slice(0, 1) } : chosen);
      return wish !== undefined && claim(by, wish, planted);
    },
    giveUp,
    free: async (by, held) => (await clearly(by, takingAway(held))).outcome === 'done',
  };
}

/** Writes down what it is about to ask for. */
async function ask(by: Surroundings, chosen: Chosen): Promise<Wish | undefined> {
  const { request, functions } = chosen;
  const key = requestKey(request);
  const record: ClaimRequest = { version: 1, request, what: functions.join(' '), guest: request, by: by.name, at: 'now' };
  const answer = await clearly(by, { compares: [{ kind: 'absent', key }], operations: [{ kind: 'put', key, value: encode(record) }] });
  const made = answer.outcome === 'done' ? answer.revision : answer.current.find((each) => each.key === key)?.created;
  return made === undefined ? undefined : { ...chosen, made };
}

async function claim(by: Surroundings, wish: Wish, planted: Planted | undefined): Promise<boolean> {
  const { request, functions } = wish;
  const transaction = claiming(by, wish);
  for (let mayComeLate = false; ; mayComeLate = true) {
    const answer = await by.store.commit(transaction);
    const holds = answer.outcome === 'done' || (answer.outcome === 'refused' && answer.current.some((each) => isOf(each.key, each.value, wish)));
    if (holds) {
      by.say({ kind: 'holds', request, functions });
      if (planted === 'lease as ownership') await lease(by, wish);
      return true;
    }
    if (answer.outcome === 'refused' && !mayComeLate) {
      await removeRequest(by, request);
      by.say({ kind: 'refused', request });
      return false;
    }
    if (answer.outcome === 'unclear' && planted === 'retry with a new request') {
      const again = await ask(by, { ...wish, request: `${request}x` });
      return again !== undefined && claim(by, again, planted);
    }
    if (answer.outcome === 'refused' || by.random() < GIVES_UP) return giveUp(by, request);
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
async function giveUp(by: Surroundings, request: string): Promise<boolean> {
  await removeRequest(by, request);
  const functions = (await listClaims(by.store)).filter(({ claim }) => claim.request === request).map(({ claim }) => claim.function);
  if (functions.length > 0) by.say({ kind: 'holds', request, functions });
  else by.say({ kind: 'gave up', request });
  return functions.length > 0;
}

async function removeRequest(by: Surroundings, request: string): Promise<void> {
  const key = requestKey(request);
  const [entry] = (await by.store.get([key])).entries;
  if (entry === undefined) return;
  await clearly(by, { compares: [{ kind: 'created', key, revision: entry.created }], operations: [{ kind: 'delete', key }] });
}

/** The bug: what is claimed is there only as long as its owner says something. */
async function lease({ store }: Surroundings, { functions }: Wish): Promise<void> {
  for (const entry of (await store.get(functions.map(claimKey))).entries) {
    await store.alive(entry.key, encode(heldOf(entry).claim), LEASE_SECONDS);
  }
}
