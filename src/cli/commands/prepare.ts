import { type DriverChange, prepareFunctions, releaseFunctions } from '../../app/prepare.ts';
import { HostdevError } from '../../errors.ts';
import { type Io, printJson } from '../io.ts';
import { machineContext } from '../machine.ts';
import { parseAddresses } from '../options.ts';

interface PrepareFlags {
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly root?: string;
  readonly json?: boolean;
}

export async function prepare(io: Io, words: readonly string[], flags: PrepareFlags): Promise<number> {
  return change(io, words, flags, prepareFunctions, (c) => `${c.address} is with ${c.after}, as it was before`);
}

export async function release(io: Io, words: readonly string[], flags: PrepareFlags): Promise<number> {
  return change(io, words, flags, releaseFunctions, (c) => `${c.address} is with its host driver ${c.after}, as it was before`);
}

async function change(
  io: Io,
  words: readonly string[],
  flags: PrepareFlags,
  act: typeof prepareFunctions,
  unchanged: (c: DriverChange) => string,
): Promise<number> {
  const dryRun = flags.dryRun === true;
  if (flags.root !== undefined && !dryRun) {
    throw new HostdevError('option-conflict', '--root names a copy of another machine, which cannot be changed', {
      hint: 'add --dry-run to see what would be written there',
    });
  }
  const changes = await act(machineContext(flags), parseAddresses(words), {
    dryRun,
    force: flags.force === true,
    onProgress: io.progress,
    signal: io.catchSignals(),
  });
  if (flags.json === true) {
    printJson(io, changes);
    return 0;
  }
  for (const c of changes) {
    if (!c.changed) io.out(`${unchanged(c)}\n`);
    else if (dryRun) for (const write of c.writes) io.out(`write ${JSON.stringify(write.text)} to ${write.path}  # ${write.why}\n`);
    else io.out(`${c.address}: ${c.before ?? 'no driver'} → ${c.after ?? 'no driver (none of the loaded ones wants it)'}\n`);
  }
  return 0;
}
