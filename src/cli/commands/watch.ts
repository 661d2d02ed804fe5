import { lookingConnector } from '../../app/guests/connect.ts';
import { watch as watchAll } from '../../app/watch.ts';
import { type Io, printJson } from '../io.ts';
import { jsonEvent } from '../../json/contract/events.ts';
import { oneLine } from '../../printable.ts';
import type { Options } from '../command/table.ts';
import { machineContext } from '../machine.ts';
import { parseSeconds } from '../numbers.ts';
import type { WatchEvent } from '../../state/watch-event.ts';

const DEFAULT_EVERY_S = 1;
const LEAST_S = 0.1;

export async function watch(io: Io, flags: Options<'watch'>): Promise<number> {
  const everyMs = parseSeconds('--every', flags.every ?? String(DEFAULT_EVERY_S), LEAST_S);
  const limit = flags.for === undefined ? [] : [AbortSignal.timeout(parseSeconds('--for', flags.for, LEAST_S))];
  const signal = AbortSignal.any([io.catchSignals(), await io.readerGone(), ...limit]);
  const context = await machineContext(io.machine);
  const print = (event: WatchEvent): void => {
    if (flags.json === true) printJson(io, jsonEvent(event), 0);
    else io.out(`${event.time}  ${oneLine(event.subject)}  ${event.event}: ${oneLine(event.detail)}\n`);
  };
  io.progress('watching; Ctrl-C ends it');
  await watchAll(context.port, {
    signal,
    everyMs,
    onEvent: print,
    now: () => new Date().toISOString(),
    ...(flags.guests === false ? {} : { connect: lookingConnector(flags.connect ?? io.machine.libvirtUri, signal) }),
  });
  return 0;
}
