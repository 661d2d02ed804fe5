import { connector } from '../../app/guests/connect.ts';
import { watch as watchAll, type WatchEvent } from '../../app/watch.ts';
import { HostdevError } from '../../errors.ts';
import { type Io, oneLine } from '../io.ts';
import type { ConnectFlags } from '../libvirt.ts';
import { machineContext } from '../machine.ts';

const DEFAULT_EVERY_S = 1;

interface WatchFlags extends ConnectFlags {
  readonly every?: string;
  readonly for?: string;
  readonly guests?: boolean;
  readonly json?: boolean;
}

export async function watch(io: Io, flags: WatchFlags): Promise<number> {
  const everyMs = seconds('--every', flags.every ?? String(DEFAULT_EVERY_S)) * 1000;
  const limit = flags.for === undefined ? [] : [AbortSignal.timeout(seconds('--for', flags.for) * 1000)];
  const signal = AbortSignal.any([io.catchSignals(), ...limit]);
  const context = await machineContext();
  const print = (event: WatchEvent): void =>
    io.out(flags.json === true ? `${JSON.stringify(event)}\n` : `${event.time}  ${oneLine(event.subject)}  ${event.event}: ${oneLine(event.detail)}\n`);
  io.progress('watching; Ctrl-C ends it');
  await watchAll(context.port, {
    signal,
    everyMs,
    onEvent: print,
    now: () => new Date().toISOString(),
    ...(flags.guests === false ? {} : { connect: connector(flags.connect, signal) }),
  });
  return 0;
}

function seconds(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0.1 && value <= 86_400) return value;
  throw new HostdevError('usage', `${option} is a number of seconds, not '${text}'`, { hint: 'from 0.1 to 86400' });
}
