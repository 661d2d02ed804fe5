import { watchFleet } from '../../fleet/watch-fleet.ts';
import { oneLine } from '../../printable.ts';
import type { Options } from '../command/table.ts';
import { withFleet } from '../fleet.ts';
import { type Io, printJson } from '../io.ts';
import { parseSeconds } from '../numbers.ts';

const LEAST_S = 0.1;

export async function watch(io: Io, flags: Options<'fleet watch'>): Promise<number> {
  const limit = flags.for === undefined ? [] : [AbortSignal.timeout(parseSeconds('--for', flags.for, LEAST_S))];
  const signal = AbortSignal.any([io.catchSignals(), await io.readerGone(), ...limit]);
  io.progress('watching; Ctrl-C ends it');
  await withFleet(io, async ({ store }) => {
    for await (const event of watchFleet(store, () => new Date(), signal)) {
      if (flags.json === true) printJson(io, event, 0);
      else io.out(`${event.time}  ${oneLine(event.name ?? '-')}  ${event.subject} ${event.event}${event.detail === '' ? '' : `: ${oneLine(event.detail)}`}\n`);
    }
  });
  return 0;
}
