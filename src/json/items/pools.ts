/** Pools: networks of libvirt that hand out virtual functions. */
import type { JudgedPool } from '../../app/guests/pool.ts';
import type { CreatedPool } from '../../app/guests/pool-create.ts';
import type { RemovedPool } from '../../app/guests/pool-remove.ts';
import type { Of } from '../contract/shape.ts';
import { jsonStep } from '../contract/steps.ts';
import type { POOL, POOL_CHANGE, POOL_REMOVAL } from '../contract/pools.ts';

export function pool({ name, members, ...rest }: JudgedPool): Of<typeof POOL> {
  return { network: name, ...rest, members: members?.map(({ address, ...judged }) => ({ hostAddress: address, ...judged })) ?? null };
}

export function poolChange(name: string, { xml, steps: done }: CreatedPool): Of<typeof POOL_CHANGE> {
  return { network: name, changed: done.length > 0, xml, steps: done.map(jsonStep) };
}

export function poolRemoval({ name, changed, xml, steps: done }: RemovedPool): Of<typeof POOL_REMOVAL> {
  return { network: name, changed, xml, steps: done.map(jsonStep) };
}
