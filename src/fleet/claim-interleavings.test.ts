/** Claimers, a host and somebody who releases, in any order, with answers that are lost: nobody gets a function twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fleetInMemory } from '../../test/fleet/fleet-in-memory.ts';
import { hostRecord, mappingOf, publishedOf, virtualOf } from '../../test/fleet/fleet-records.ts';
import { HostdevError } from '../errors.ts';
import { claimFunctions } from './claim.ts';
import { zpciKey, zpciPrefix } from './model/keys.ts';
import { CLAIM_STATES } from './model/records.ts';
import { transition, transitionProblem } from './model/transition.ts';
import { releaseClaims } from './release.ts';
import type { FleetStore } from './store/store.ts';

/** Of IBM Z, and all like the same ids. */
const Z = { uid: '0x0007', fid: '0x00000000' };

const FUNCTIONS = [
  publishedOf(0, Z),
  virtualOf(0, 0, Z),
  virtualOf(0, 1, Z),
  publishedOf(1, Z),
  publishedOf(2, { ...Z, companions: [publishedOf(3).key] }),
  publishedOf(3, { ...Z, companions: [publishedOf(2).key] }),
];

const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), count: fc.integer({ min: 1, max: 2 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), at: fc.nat(5) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('step' as const), at: fc.nat(5), to: fc.constantFrom(...CLAIM_STATES) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('lose' as const), way: fc.constantFrom('before' as const, 'after' as const, 'late' as const) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'deliver' as const }) },
);

it('of a fleet every function has one holder at most, groups are whole, a token only grows, and ids are kept for one claim each, whatever comes between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(action, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 }), fc.integer(), async (rounds, seed) => {
      const fleet = await fleetInMemory(hostRecord(FUNCTIONS));
      await fleet.setMapping(mappingOf([{ ids: '10de:2236' }], { wholeGroup: true }).record);
      const access = fleet.access('somebody', randomOf(seed));
      /** What claimers were told that they have, by function; whoever gives up has nothing. */
      const highest = new Map<string, bigint>();
      const act = async (each: (typeof rounds)[number][number], barriers: Readonly<Record<'fleet' | 'ids', Barrier>>): Promise<void> => {
        if (each.kind === 'lose') return fleet.memory.loseAnswers(each.way);
        if (each.kind === 'deliver') return void fleet.memory.deliver();
        if (each.kind === 'claim') {
          const wish = {
            target: { kind: 'mapping' as const, name: 'gpu-a10' },
            what: 'gpu-a10',
            guest: 'web',
            count: each.count,
            wholeGroup: false,
            until: null,
          };
          const [own, ids] = [barriers.fleet.join(), barriers.ids.join()];
          const store: FleetStore = {
            ...access.store,
            commit: async (...words) => own.wait().then(() => access.store.commit(...words)),
            list: async (prefix, ...words) => {
              const page = await access.store.list(prefix, ...words);
              if (prefix === zpciPrefix) await ids.wait();
              return page;
            },
          };
          const { claims } = await claimFunctions({ ...access, store }, wish).finally(() => {
            own.leave();
            ids.leave();
          });
          for (const { record, created } of claims) {
            expect(created > (highest.get(record.function) ?? 0n), `a token of ${record.function} grows`).toBe(true);
            highest.set(record.function, created);
          }
          return;
        }
        const { key } = FUNCTIONS[each.at] ?? publishedOf(0);
        if (each.kind === 'release') return void (await releaseClaims(fleet.store, { target: { kind: 'key', key }, dryRun: false }));
        const found = (await fleet.claims()).filter(({ record }) => record.function === key || record.together.includes(key));
        const step = { to: each.to, hand: 'host' as const, host: 'kvm1' };
        if (found.length > 0 && found.every((claim) => transitionProblem(claim, step) === undefined)) await fleet.store.commit(transition(found, step));
      };
      for (const round of rounds) {
        // At the fleet, and then once more at the ids that are kept.
        const barriers = { fleet: allHaveLooked(), ids: allHaveLooked() };
        const ended = await Promise.allSettled(round.map(async (each) => act(each, barriers)));
        for (const each of ended) if (each.status === 'rejected' && !(each.reason instanceof HostdevError)) throw each.reason;
        const claims = await fleet.claims();
        // As long as a claim is there, and no longer; so none is kept for two.
        const kept = claims.flatMap(({ record: { zpci } }) => (zpci === undefined ? [] : [zpciKey('uid', zpci.uid), zpciKey('fid', zpci.fid)]));
        expect(await fleet.keys(zpciPrefix)).toEqual(kept.toSorted());
        expect(claims.filter(({ record }) => record.zpci === undefined)).toEqual([]);
        const keys = claims.map(({ record }) => record.function);
        for (const { key, companions, physicalFunction } of FUNCTIONS) {
          if (!keys.includes(key)) continue;
          expect(keys, `the group of ${key} is whole`).toEqual(expect.arrayContaining([...companions]));
          expect(keys, `${key} and its physical function exclude each other`).not.toContain(physicalFunction);
        }
      }
      fleet.memory.deliver();
      const requests = new Map<string, Set<bigint>>();
      for (const { record, created } of await fleet.claims()) requests.set(record.request, (requests.get(record.request) ?? new Set()).add(created));
      // What came of one request came at once, and only once.
      for (const tokens of requests.values()) expect(tokens.size).toBe(1);
    }),
    { numRuns: 60 },
  );
});

interface Barrier {
  /** Takes part: before its first wait all others have taken part as well, or have left. */
  readonly join: () => { readonly wait: () => Promise<void>; readonly leave: () => void };
}

/** Those who claim at once have all looked at the fleet before any of them writes: else each would see what those before it have, and choose something else. */
function allHaveLooked(): Barrier {
  const looking = new Set<symbol>();
  let open = (): void => undefined;
  const everybody = new Promise<void>((resolve) => (open = resolve));
  return {
    join: () => {
      const own = Symbol('claimer');
      looking.add(own);
      const leave = (): void => {
        looking.delete(own);
        if (looking.size === 0) open();
      };
      return { wait: async () => (leave(), everybody), leave };
    },
  };
}

/** The same chances for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
