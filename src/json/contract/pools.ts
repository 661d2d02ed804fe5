/** Pools: networks of libvirt that hand out virtual functions. */
import { VERDICTS } from '../../state/verdict.ts';
import { evidenceLines, hostAddress } from './notation.ts';
import { flag, integer, list, orNull, record, text, word } from './shape.ts';
import { steps } from './steps.ts';

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
