/**
 * Runs inside an emulated host: a command line of hostdev that comes to one point of what it is asked to change, and no further. It is killed there, or the
 * machine is reset, and nothing of what would come behind that point has happened. HOSTDEV_HOLD says where: the number of a step, and `before` or `behind`;
 * `held` is a file that is there from then on. Steps are writes to attributes, files, programs, and calls that change a guest or a network, in the order of
 * the plan.
 */
import { writeFileSync } from 'node:fs';
import type { AppContext } from '../../src/app/context.ts';
import { surroundingsOf } from '../../src/app/surroundings.ts';
import { processIo } from '../../src/cli/io.ts';
import { thisMachine } from '../../src/cli/machine.ts';
import { main } from '../../src/cli/main.ts';
import type { HostPort } from '../../src/host/port.ts';
import { Libvirt } from '../../src/libvirt/index.ts';

const [step = '', when = '', held = ''] = (process.env['HOSTDEV_HOLD'] ?? '').split(' ');

let next = 0;

async function around<T>(act: () => Promise<T>): Promise<T> {
  const own = next;
  next += 1;
  await pass(own, 'before');
  const result = await act();
  await pass(own, 'behind');
  return result;
}

async function pass(at: number, now: 'before' | 'behind'): Promise<void> {
  if (String(at) !== step || now !== when) return;
  writeFileSync(held, '');
  await new Promise(() => undefined);
}

function holding(port: HostPort): HostPort {
  return {
    ...port,
    write: (path, text) => around(() => port.write(path, text)),
    replaceFile: (path, text, mode) => around(() => port.replaceFile(path, text, mode)),
    // Looking is no step.
    run: (program, args) => (args.includes('show') ? port.run(program, args) : around(() => port.run(program, args))),
  };
}

const CALLS = [
  ...['attachDevice', 'detachDevice', 'detachDeviceAlias'],
  ...['defineNetwork', 'setNetworkAutostart', 'startNetwork', 'stopNetwork', 'undefineNetwork'],
];
const calls = Libvirt.prototype as unknown as Record<string, (...words: unknown[]) => Promise<unknown>>;
for (const name of CALLS) {
  const call = calls[name];
  if (call === undefined) throw new Error(`libvirt has no ${name}`);
  calls[name] = function (this: Libvirt, ...words) {
    return around(() => call.apply(this, words));
  };
}

const surroundings = surroundingsOf(process.env);

async function context(): Promise<AppContext> {
  const here = thisMachine(surroundings);
  return { ...here, port: holding(here.port) };
}

const endless = new AbortController().signal;

void main(process.argv.slice(2), processIo({ catchSignals: () => endless, readerGone: async () => endless, machine: { ...surroundings, context } }));
