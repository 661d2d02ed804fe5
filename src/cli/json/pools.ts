/** Pools: networks of libvirt that hand out virtual functions. */
import type { JudgedPool } from '../../app/guests/pool.ts';
import type { CreatedPool } from '../../app/guests/pool-create.ts';
import type { RemovedPool } from '../../app/guests/pool-remove.ts';
import { VERDICTS } from '../../state/verdict.ts';
import { evidenceLines, hostAddress } from './notation.ts';
import { flag, integer, list, type Of, orNull, record, text, word } from './shape.ts';
import { jsonStep, steps } from './steps.ts';

const network = text('name of the pool');

export const POOL = record({
  ...{
    network,
    active: flag(),
    managed: flag(),
    physicalInterfaces: list(text()),
    functions: list(hostAddress),
    connections: orNull(integer('guests that have one')),
  },
  members: orNull(
    list(record({ hostAddress, verdict: word(VERDICTS), evidence: evidenceLines }), 'null for a pool of another host, which cannot be looked at'),
  ),
});

export const POOL_CHANGE = record({ network, changed: flag('false where it was so already; in a dry run, whether it would be made'), xml: text(), steps });

export const POOL_REMOVAL = record({
  network,
  changed: flag('false where it was so already; in a dry run, whether it would be removed'),
  xml: orNull(text('what its definition was; null where there was none')),
  steps,
});

export function pool({ name, members, ...rest }: JudgedPool): Of<typeof POOL> {
  return { network: name, ...rest, members: members?.map(({ address, ...judged }) => ({ hostAddress: address, ...judged })) ?? null };
}

export function poolChange(name: string, { xml, steps: done }: CreatedPool): Of<typeof POOL_CHANGE> {
  return { network: name, changed: done.length > 0, xml, steps: done.map(jsonStep) };
}

export function poolRemoval({ name, changed, xml, steps: done }: RemovedPool): Of<typeof POOL_REMOVAL> {
  return { network: name, changed, xml, steps: done.map(jsonStep) };
}
