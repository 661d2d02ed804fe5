/**
 * Runs inside an emulated host: kills a process with SIGKILL, or resets the whole machine, before and behind each step
 * of every change, then recovers and looks at the kernel. Prints one line a point.
 *
 *     crash.mjs kill SCOPE CHANGE…         the points of these changes, one line each
 *     crash.mjs reset SCOPE FILE CHANGE…   the next point after those in FILE; the machine does not come back from it
 *
 * SCOPE is `all`: before and behind each step of each change; or `kinds`: before and behind each kind of step once. A kind is a write to an
 * attribute, a file that is replaced, or a program that is run; for kill, of each change, for reset, where each point costs a boot, of any.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { recoverChanges } from '../src/app/recover-changes.ts';
import { removePersistent } from '../src/app/persistent-remove.ts';
import { prepareFunctions } from '../src/app/prepare.ts';
import { releaseFunctions } from '../src/app/release.ts';
import { listSlots, switchSlot } from '../src/app/slots.ts';
import { createVfs, removeVfs } from '../src/app/virtual-functions.ts';
import { openJournal } from '../src/execute/journal/journal.ts';
import { ruleFile } from '../src/state/persist/paths.ts';
import { openRecords } from '../src/execute/recover.ts';
import { readNodeDevice } from '../src/host/inventory.ts';
import { openMachine } from '../src/host/machine-port.ts';
import type { HostPort } from '../src/host/port.ts';
import { parsePciAddress } from '../src/pci/notation.ts';
import type { Scope } from './scope.ts';

/** What the machine can do without: HOSTDEV_CRASH is `{"function":…,"pf":…,"slot":…}`. */
const target = JSON.parse(process.env['HOSTDEV_CRASH'] ?? '{}') as { readonly function: string; readonly pf?: string; readonly slot?: number };
const STATE = '/var/lib/hostdev-crash';
const machine = openMachine();
const change = { dryRun: false, stateDirectory: STATE };
const address = parsePciAddress(target.function);
const pf = parsePciAddress(target.pf ?? target.function);
const slot = target.slot ?? 0;
const context = (port: HostPort) => ({ port, isRoot: true, readPciIds: async () => undefined });
const own = context(machine);

interface Change {
  readonly setUp: () => Promise<unknown>;
  readonly act: (port: HostPort) => Promise<unknown>;
  readonly state: () => Promise<string>;
}

const driverState = async (): Promise<string> => {
  const now = await readNodeDevice(machine, address);
  return `${now?.driver} ${now?.driverOverride}`;
};
const vfState = async (): Promise<string> => {
  const at = `/sys/bus/pci/devices/${target.pf}`;
  return `${readFileSync(`${at}/sriov_numvfs`, 'utf8').trim()} ${readFileSync(`${at}/sriov_drivers_autoprobe`, 'utf8').trim()}`;
};
const slotState = async (): Promise<string> => String((await listSlots(own)).find(({ fid }) => Number(fid) === slot)?.state);
const ruleState = async (): Promise<string> => (existsSync(ruleFile(target.function)) ? readFileSync(ruleFile(target.function), 'utf8') : 'none');

const prepared = async (): Promise<unknown> => prepareFunctions(own, [address], change);
const persist = (port: HostPort): Promise<unknown> => prepareFunctions(context(port), [address], { ...change, persist: true });
const unpersist = (port: HostPort): Promise<unknown> => removePersistent(context(port), [address], change);
/** Brings a change's beginning about, whatever the point before it left. */
const quietly = async (act: () => Promise<unknown>): Promise<void> => void (await act().catch(() => undefined));

const CHANGES: Readonly<Record<string, Change>> = {
  prepare: { setUp: () => releaseFunctions(own, [address], change), act: (port) => prepareFunctions(context(port), [address], change), state: driverState },
  release: { setUp: prepared, act: (port) => releaseFunctions(context(port), [address], change), state: driverState },
  'vf-create': { setUp: () => removeVfs(own, pf, change), act: (port) => createVfs(context(port), pf, 2, change), state: vfState },
  'vf-remove': { setUp: () => createVfs(own, pf, 2, change), act: (port) => removeVfs(context(port), pf, change), state: vfState },
  'slot-off': {
    setUp: () => quietly(() => switchSlot(own, slot, 'configured', change)),
    act: (port) => switchSlot(context(port), slot, 'standby', change),
    state: slotState,
  },
  'slot-on': {
    setUp: () => quietly(() => switchSlot(own, slot, 'standby', change)),
    act: (port) => switchSlot(context(port), slot, 'configured', change),
    state: slotState,
  },
  persist: {
    setUp: async () => {
      await prepared();
      await quietly(() => unpersist(machine));
    },
    act: persist,
    state: ruleState,
  },
  unpersist: { setUp: () => persist(machine), act: unpersist, state: ruleState },
};

/** What a step does: writes an attribute, replaces a file, runs a program. */
type StepKind = 'write' | 'file' | 'program';

/** A port that tells of each step, before and behind it. */
function stepping(onStep: (index: number, when: 'before' | 'behind', kind: StepKind) => void): HostPort {
  let index = -1;
  const around = async <T>(kind: StepKind, act: () => Promise<T>): Promise<T> => {
    index += 1;
    onStep(index, 'before', kind);
    const result = await act();
    onStep(index, 'behind', kind);
    return result;
  };
  return {
    ...machine,
    write: (path, text) => around('write', () => machine.write(path, text)),
    replaceFile: (path, text, mode) => around('file', () => machine.replaceFile(path, text, mode)),
    // Looking is no step.
    run: (program, args) => (args.includes('show') ? machine.run(program, args) : around('program', () => machine.run(program, args))),
  };
}

function dyingAt(step: number, when: string, die: () => void): HostPort {
  return stepping((index, now) => {
    if (index === step && now === when) die();
  });
}

interface Ends {
  readonly before: string;
  readonly after: string;
  readonly steps: readonly StepKind[];
}

/** The change from begin to end: its two states, and its steps. */
async function measure(name: string): Promise<Ends> {
  const { setUp, act, state } = changeOf(name);
  await setUp();
  const before = await state();
  const steps: StepKind[] = [];
  await act(
    stepping((_, when, kind) => {
      if (when === 'before') steps.push(kind);
    }),
  );
  return { before, after: await state(), steps };
}

function changeOf(name: string): Change {
  const found = CHANGES[name];
  if (found === undefined) throw new Error(`${name} is no change`);
  return found;
}

async function isClosed(): Promise<boolean> {
  return openRecords(await openJournal(STATE).read()).length === 0;
}

/** The points of a change: all of them, or those of kinds that have not been seen. */
function pointsOf({ steps }: Ends, scope: Scope, seen: Set<string>, kindOf: (kind: StepKind) => string): { readonly step: number; readonly when: string }[] {
  const points = steps.flatMap((kind, step) => ['before', 'behind'].map((when) => ({ step, when, key: `${kindOf(kind)} ${when}` })));
  return points.filter(({ key }) => {
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew || scope === 'all';
  });
}

async function killAll(scope: Scope, names: readonly string[]): Promise<void> {
  rmSync(STATE, { recursive: true, force: true });
  const seen = new Set<string>();
  for (const name of names) {
    const ends = await measure(name);
    for (const { step, when } of pointsOf(ends, scope, seen, (kind) => `${name} ${kind}`)) {
      process.stdout.write(`${await kill(name, step, when, ends)}\n`);
    }
  }
}

async function kill(name: string, step: number, when: string, { before, after }: Ends): Promise<string> {
  const { setUp, state } = changeOf(name);
  await setUp();
  const child = spawnSync(process.execPath, [process.argv[1] ?? '', 'child', name, String(step), when], { timeout: 60_000 });
  const [recovery] = await recoverChanges(own, STATE);
  const now = await state();
  const fits = recovery?.outcome === 'new' ? now === after : recovery?.outcome === 'old' && now === before;
  const good = child.signal === 'SIGKILL' && fits && (await isClosed());
  return `${good ? 'ok' : 'not ok'} ${name} killed ${when} step ${step}: ${recovery?.outcome} (${child.signal ?? child.status})${good ? '' : ` ${JSON.stringify([before, after, now, child.stderr.toString()])}`}`;
}

/** What a reset leaves for the time after it, on the disk. */
interface Pending extends Ends {
  readonly name: string;
  readonly step: number;
  readonly when: string;
}

async function nextReset(scope: Scope, file: string, names: readonly string[]): Promise<void> {
  const pendingFile = '/var/lib/hostdev-crash-pending';
  if (existsSync(pendingFile)) {
    appendFileSync(file, `${await lookAfter(JSON.parse(readFileSync(pendingFile, 'utf8')) as Pending)}\n`);
    rmSync(pendingFile);
  } else rmSync(STATE, { recursive: true, force: true });
  const done = existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  const seen = new Set<string>();
  let first = 0;
  for (const name of names) {
    const ends = await measure(name);
    const points = pointsOf(ends, scope, seen, (kind) => kind);
    const point = points[done - first];
    first += points.length;
    if (point === undefined) continue;
    const { step, when } = point;
    await changeOf(name).setUp();
    writeFileSync(pendingFile, JSON.stringify({ ...ends, name, step, when } satisfies Pending));
    fsyncSync(openSync(pendingFile, 'r+'));
    await changeOf(name).act(dyingAt(step, when, resetMachine));
    throw new Error('the machine did not reset');
  }
  process.stdout.write('end\n');
}

/** The kernel's own reset: nothing is written back, nobody is told. */
function resetMachine(): never {
  writeSync(openSync('/proc/sysrq-trigger', 'w'), 'b');
  for (;;);
}

async function lookAfter({ name, step, when, before, after }: Pending): Promise<string> {
  const recovered = await recoverChanges(own, STATE);
  const now = await changeOf(name).state();
  const good = (now === before || now === after) && (await isClosed()) && recovered.every(({ outcome }) => outcome !== 'stuck');
  return `${good ? 'ok' : 'not ok'} ${name} reset ${when} step ${step}: ${recovered.map(({ outcome }) => outcome).join(',') || 'nothing open'}${good ? '' : ` ${JSON.stringify([before, after, now])}`}`;
}

const [mode, ...words] = process.argv.slice(2);
if (mode === 'child') {
  const [name = '', step = '', when = ''] = words;
  await changeOf(name).act(dyingAt(Number(step), when, () => process.kill(process.pid, 'SIGKILL')));
} else {
  const [scope, ...names] = words;
  if (scope !== 'all' && scope !== 'kinds') throw new Error(`${scope} is no scope`);
  if (mode === 'reset') await nextReset(scope, names[0] ?? '', names.slice(1));
  else await killAll(scope, names);
}
