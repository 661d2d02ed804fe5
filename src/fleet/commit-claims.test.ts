import { expect, it } from 'vitest';
import { fleetInMemory, type TestFleet } from '../../test/fleet/fleet-in-memory.ts';
import { hostRecord, publishedOf } from '../../test/fleet/fleet-records.ts';
import { HostdevError } from '../errors.ts';
import { claimFunctions } from './claim.ts';
import { commitClaims } from './commit-claims.ts';
import { transition } from './model/transition.ts';
import type { FleetStore } from './store/store.ts';

const A = publishedOf(0);
const wish = { target: { kind: 'key' as const, key: A.key }, what: A.key, guest: 'web', count: 1, wholeGroup: false, until: null };

async function oneClaim(): Promise<TestFleet> {
  const fleet = await fleetInMemory(hostRecord([A]));
  await claimFunctions(fleet.access(), wish);
  return fleet;
}

/** A store whose first answer is lost behind what it has done, and of whose second try that is so. */
function lostThen(fleet: TestFleet, second: (store: FleetStore) => Promise<void>): FleetStore {
  let commits = 0;
  const commit: FleetStore['commit'] = async (transaction) => {
    commits += 1;
    if (commits === 1) fleet.memory.loseAnswers('after');
    if (commits > 1) await second(fleet.store);
    return fleet.store.commit(transaction);
  };
  return { ...fleet.store, commit };
}

it('a claim that is freed, and whose function somebody claims before it is known, was freed all the same', async () => {
  const fleet = await oneClaim();
  const store = lostThen(fleet, async () => void (await claimFunctions(fleet.access('bob'), { ...wish, guest: 'db' })));
  const freed = transition(await fleet.claims(), { to: 'free', hand: 'host', host: 'kvm1' });
  expect(await commitClaims(store, freed)).toBeTypeOf('bigint');
  expect((await fleet.claims()).map(({ record }) => record.guest)).toEqual(['db']);
});

it('a claim that is freed is not said to be as before when the store cannot be asked again', async () => {
  const fleet = await oneClaim();
  const store = lostThen(fleet, async () => {
    throw new HostdevError('fleet-unreachable', 'no member can be reached');
  });
  const freed = transition(await fleet.claims(), { to: 'free', hand: 'host', host: 'kvm1' });
  await expect(commitClaims(store, freed)).rejects.toMatchObject({
    code: 'fleet-unclear',
    message: expect.stringContaining('no member can be reached') as unknown,
  });
  expect(await fleet.claims()).toEqual([]);
});

it('claims that are only compared, and that are gone when it is asked again, have changed', async () => {
  const fleet = await oneClaim();
  const { compares } = transition(await fleet.claims(), { to: 'free', hand: 'host', host: 'kvm1' });
  const freed = transition(await fleet.claims(), { to: 'free', hand: 'host', host: 'kvm1' });
  const store = lostThen(fleet, async (there) => void (await there.commit(freed)));
  await expect(commitClaims(store, { compares, operations: [] })).rejects.toMatchObject({ code: 'fleet-changed' });
});
