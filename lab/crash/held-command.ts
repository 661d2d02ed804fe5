/**
 * Runs inside an emulated host: a command line of hostdev that comes to one point of what it is asked to change, and no further: nothing of what would
 * come behind that point has happened. HOSTDEV_HOLD says where, and what happens there: `POINT WHEN END`; or it is `@FILE`, in which that stands when it
 * is to be, and steps are counted from when it does.
 *
 *     POINT   the number of a step; a kind of step, of which the first is meant; or `new:FILE`, the first of a kind that FILE does not name yet, which it
 *             does from then on
 *     WHEN    `before` or `behind`
 *     END     `killed`, by SIGKILL; `reset`, with the whole machine; or a file that is there from then on: it waits to be killed
 *
 * Steps are writes to attributes (`write:driver_override`), files (`file`), programs (`program:ip`), calls that change a guest or a network
 * (`call:attachDevice`), and on a host of a fleet what is told of claims (`claims`), in the order of the plan.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { AppContext } from '../../src/app/context.ts';
import { surroundingsOf } from '../../src/app/surroundings.ts';
import { processIo } from '../../src/cli/io.ts';
import { thisMachine } from '../../src/cli/machine.ts';
import { main } from '../../src/cli/main.ts';
import { guardOf } from '../../src/fleet/enrolled.ts';
import { openStore } from '../../src/fleet/open-store.ts';
import type { FleetStore } from '../../src/fleet/store/store.ts';
import type { HostPort } from '../../src/host/port.ts';
import { Libvirt } from '../../src/libvirt/index.ts';
import { resetMachine } from './reset-machine.ts';
import { stayForEver } from './stay.ts';

const given = process.env['HOSTDEV_HOLD'] ?? '';
const file = given.startsWith('@') ? given.slice(1) : undefined;

interface Step {
  readonly number: number;
  readonly kind: string;
}

let words = '';
let next = 0;
let isThere = false;

interface Hold {
  readonly point: string;
  readonly when: string;
  readonly end: string;
}

function hold(): Hold {
  const now = file === undefined ? given : existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  if (now !== words) [words, next, isThere] = [now, 0, false];
  const [point = '', when = '', end = ''] = now.split(' ');
  return { point, when, end };
}

async function around<T>(kind: string, act: () => Promise<T>): Promise<T> {
  const { point, when, end } = hold();
  const step = { number: next, kind };
  next += 1;
  const isPoint = isMeant(step, point);
  if (isPoint && when === 'before') await stay(end);
  const result = await act();
  if (isPoint && when === 'behind') await stay(end);
  return result;
}

function isMeant({ number, kind }: Step, point: string): boolean {
  if (isThere) return false;
  // The file of kinds of steps that are not new any more.
  const seen = /^new:(.*)$/.exec(point)?.[1];
  isThere = seen === undefined ? point === String(number) || point === kind : isNew(kind, seen);
  return isThere;
}

function isNew(kind: string, file: string): boolean {
  if (existsSync(file) && readFileSync(file, 'utf8').split('\n').includes(kind)) return false;
  appendFileSync(file, `${kind}\n`);
  return true;
}

async function stay(end: string): Promise<never> {
  if (end === 'killed') process.kill(process.pid, 'SIGKILL');
  if (end === 'reset') resetMachine();
  writeFileSync(end, '');
  return stayForEver();
}

function holding(port: HostPort): HostPort {
  return {
    ...port,
    write: (path, text) => around(`write:${basename(path)}`, () => port.write(path, text)),
    replaceFile: (path, text, mode) => around('file', () => port.replaceFile(path, text, mode)),
    // Looking is no step.
    run: (program, args) => (args.includes('show') ? port.run(program, args) : around(`program:${program}`, () => port.run(program, args))),
  };
}

function holdingStore(store: FleetStore): FleetStore {
  return { ...store, commit: (transaction, signal) => around('claims', () => store.commit(transaction, signal)) };
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
    return around(`call:${name}`, () => call.apply(this, words));
  };
}

const surroundings = surroundingsOf(process.env);

async function context(): Promise<AppContext> {
  const here = thisMachine(surroundings);
  const claims = guardOf({ context: here, ...surroundings, openStore: async (address) => holdingStore(await openStore(address)) });
  return { ...here, port: holding(here.port), claims };
}

const endless = new AbortController().signal;

async function run(): Promise<void> {
  const io = processIo({ catchSignals: () => endless, readerGone: async () => endless, machine: { ...surroundings, context } });
  // What is refused must not look like what was done whole.
  process.exitCode = await main(process.argv.slice(2), io);
}

void run();
