import { type JudgedPool, listPools } from '../../app/guests/pool.ts';
import { createPool } from '../../app/guests/pool-create.ts';
import type { PoolChangeOptions } from '../../app/guests/pool-change.ts';
import { removePool } from '../../app/guests/pool-remove.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import type { Problem } from '../../errors.ts';
import { answerItems } from '../answer.ts';
import { printChange } from '../change.ts';
import { type Io, printProblem } from '../io.ts';
import { pool, poolChange, poolRemoval } from '../../json/items/pools.ts';
import type { MachineFlags } from '../command/options.ts';
import type { Options } from '../command/table.ts';
import { withLibvirt } from '../libvirt.ts';
import { formatStep } from '../../plan/step.ts';
import { journalOf, machineContext, refuseForeignChange } from '../machine.ts';
import { formatTable, type TableColumn } from '../table.ts';

const COLUMNS: readonly TableColumn[] = [
  { title: 'POOL', least: 8 },
  { title: 'ACTIVE', leavesAt: 3 },
  { title: 'MANAGED', leavesAt: 1 },
  { title: 'FROM', least: 8, leavesAt: 2 },
  { title: 'FUNCTIONS', least: 13, wraps: true },
  { title: 'IN USE', leavesAt: 4 },
];

export async function show(io: Io, name: string | undefined, options: Options<'pool show'>): Promise<number> {
  const context = await machineContext(io.machine);
  const rows = await withLibvirt(io, options, async (link) => listPools(context, await link.get(), name));
  if (options.json === true) answerItems(io, 'pool show', rows.map(pool));
  else if (rows.length === 0) io.err('libvirt has no pools of functions there\n');
  else io.out(formatTable(io.terminal, COLUMNS, rows.map(line)) + rows.flatMap(notFree).join(''));
  return 0;
}

function line({ name, active, managed, physicalInterfaces, functions, members, connections }: JudgedPool): string[] {
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  const handedOut = members?.map(({ address }) => address) ?? functions;
  return [name, yes(active), yes(managed), physicalInterfaces.join(', ') || '-', handedOut.join(', ') || '-', connections === null ? '-' : String(connections)];
}

/** What the host or a guest does with functions of a pool: libvirt may choose them all the same. */
function notFree({ name, members }: JudgedPool): string[] {
  return (members ?? [])
    .filter(({ verdict }) => verdict !== 'free')
    .map(({ address, verdict, evidence }) => `${name}: ${address} is ${verdict}: ${evidence.join('; ')}\n`);
}

export async function create(io: Io, name: string, words: readonly string[], flags: Options<'pool create'>): Promise<number> {
  const names = parseFunctionNames(words);
  refuseForeignChange(flags);
  const context = await machineContext(io.machine, flags);
  const addresses = await resolveFunctions(context, names);
  const dryRun = flags.dryRun === true;
  const options = { ...poolChangeOptions(io, flags), autostart: flags.autostart === true };
  const created = await withLibvirt(io, flags, async (link) => createPool(context, await link.get(), { name, addresses }, options));
  const { xml, steps } = created;
  if (flags.json === true) answerItems(io, 'pool create', [poolChange(name, created)]);
  else if (steps.length === 0) io.out(`the pool ${name} is there, as it was before\n`);
  else if (!dryRun) io.out(`the pool ${name} is there; give from it with: hostdev attach GUEST --pool ${name}\n`);
  else {
    io.document(xml);
    for (const step of steps) io.err(`${formatStep(step)}\n`);
  }
  return 0;
}

export async function remove(io: Io, name: string, flags: Options<'pool remove'>): Promise<number> {
  refuseForeignChange(flags);
  const context = await machineContext(io.machine, flags);
  const options = poolChangeOptions(io, flags);
  const report = await withLibvirt(io, flags, async (link) => removePool(context, await link.get(), name, options));
  const line = report.changed ? `the pool ${name} is gone` : `libvirt has no network ${name}, as it had none before`;
  if (flags.json === true) answerItems(io, 'pool remove', [poolRemoval(report)]);
  printChange(io, flags, { steps: report.steps, todo: [], lines: [line] });
  return 0;
}

function poolChangeOptions(io: Io, flags: MachineFlags & { readonly dryRun?: boolean | undefined; readonly force?: boolean | undefined }): PoolChangeOptions {
  const { dryRun = false, force = false } = flags;
  const onLoss = (loss: Problem): void => printProblem(io, loss);
  return { dryRun, force, onLoss, stateDirectory: journalOf(io.machine, flags), signal: dryRun ? undefined : io.catchSignals() };
}
