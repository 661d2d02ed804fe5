import { createPool, listPools, type PoolRow } from '../../app/guests/pool.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import { parseFunctionNames } from '../../domain/function-name.ts';
import { type Io, printJson } from '../io.ts';
import type { Options } from '../command/table.ts';
import { withLibvirt } from '../libvirt.ts';
import { machineContext } from '../machine.ts';
import { formatTable } from '../table.ts';

export async function show(io: Io, name: string | undefined, options: Options<'pool show'>): Promise<number> {
  const rows = await withLibvirt(io, options, async (link) => listPools(await link.get(), name));
  if (options.json === true) printJson(io, rows);
  else if (rows.length === 0) io.err('libvirt has no pools of functions there\n');
  else io.out(formatTable(['POOL', 'ACTIVE', 'MANAGED', 'FROM', 'FUNCTIONS', 'IN USE'], rows.map(line)));
  return 0;
}

function line({ name, active, managed, physicalInterfaces, functions, connections }: PoolRow): string[] {
  const yes = (value: boolean): string => (value ? 'yes' : 'no');
  return [name, yes(active), yes(managed), physicalInterfaces.join(', ') || '-', functions.join(', ') || '-', connections === null ? '-' : String(connections)];
}

export async function create(io: Io, name: string, words: readonly string[], options: Options<'pool create'>): Promise<number> {
  const names = parseFunctionNames(words);
  const context = await machineContext(io.machine);
  const addresses = await resolveFunctions(context, names);
  const dryRun = options.dryRun === true;
  const xml = await withLibvirt(io, options, async (link) =>
    createPool(context, await link.get(), name, addresses, { dryRun, autostart: options.autostart === true }),
  );
  if (options.json === true) printJson(io, { name, created: !dryRun, xml });
  else io.out(dryRun ? xml : `the pool ${name} is there; give from it with: hostdev attach GUEST --pool ${name}\n`);
  return 0;
}
