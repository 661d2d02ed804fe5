/** Somebody who may take away what others have: only what somebody who can know it has called unneeded. */
import { alivePrefix, requestKey, requestsPrefix } from '../../../src/fleet/model/keys.ts';
import type { ClaimRequest } from '../../../src/fleet/model/records.ts';
import { HOSTS } from '../world.ts';
import type { AskHost } from './asking.ts';
import type { Surroundings } from './surroundings.ts';
import { clearly, type Held, listClaims, takingAway } from './transact.ts';

/** Brings to an end what was asked for by those who are gone for good. */
export async function cleanUp(by: Surroundings, gone: readonly string[], askHost: AskHost): Promise<void> {
  by.say({ kind: 'begins', role: 'administrator', hosts: [] });
  const { entries } = await by.store.list(requestsPrefix);
  for (const { key, value, created } of entries) {
    const { by: owner, request } = JSON.parse(new TextDecoder().decode(value)) as ClaimRequest;
    if (!gone.includes(owner)) continue;
    by.say({ kind: 'nobody needs', request });
    await clearly(by, { compares: [{ kind: 'created', key: requestKey(request), revision: created }], operations: [{ kind: 'delete', key }] });
  }
  for (;;) {
    const left = (await listClaims(by.store)).filter(({ claim }) => gone.includes(claim.by));
    if (left.length === 0) return;
    for (const held of unitsOf(left)) {
      const [first] = held;
      if (first === undefined) continue;
      by.say({ kind: 'nobody needs', request: first.claim.request });
      const attached = held.filter(({ claim }) => claim.state === 'attached');
      if (held.every(({ claim }) => claim.state === 'claimed')) await clearly(by, takingAway(held));
      else if (attached.length > 0) await askHost(by, attached);
    }
    await by.pause();
  }
}

/** The bug: what is of a host that says nothing is taken away. */
export async function reap(by: Surroundings): Promise<void> {
  by.say({ kind: 'begins', role: 'administrator', hosts: [] });
  while (!by.isOver()) {
    const alive = new Set((await by.store.list(alivePrefix)).entries.map(({ key }) => key.slice(alivePrefix.length).split('/')[0]));
    const silent = HOSTS.filter((name) => !alive.has(name));
    for (const held of unitsOf((await listClaims(by.store)).filter(({ claim }) => silent.some((name) => name === claim.host)))) {
      await clearly(by, takingAway(held));
    }
    await by.pause();
  }
}

function unitsOf(all: readonly Held[]): Held[][] {
  return [...new Set(all.map(({ claim }) => claim.request))].map((request) => all.filter(({ claim }) => claim.request === request));
}
