import { type DriverChange, prepareFunctions, type PrepareOptions } from '../../app/prepare.ts';
import { releaseFunctions } from '../../app/release.ts';
import { checkDriverName } from '../../app/vfio-driver.ts';
import type { Io } from '../io.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { type ChangeFlags, changeOptions, printChange } from '../change.ts';
import { parseAddresses } from '../options.ts';

interface PrepareFlags extends ChangeFlags {
  readonly group?: boolean;
  readonly yes?: boolean;
  readonly driver?: string;
  readonly persist?: boolean;
}

export async function prepare(io: Io, words: readonly string[], flags: PrepareFlags): Promise<number> {
  const options = {
    ...prepareOptions(io, flags),
    persist: flags.persist === true,
    ...(flags.driver === undefined ? {} : { driver: checkDriverName(flags.driver) }),
  };
  return report(io, flags, await prepareFunctions(await contextOf(io, flags), parseAddresses(words), options));
}

export async function release(io: Io, words: readonly string[], flags: PrepareFlags): Promise<number> {
  return report(io, flags, await releaseFunctions(await contextOf(io, flags), parseAddresses(words), prepareOptions(io, flags)));
}

function contextOf(io: Io, flags: PrepareFlags): ReturnType<typeof machineContext> {
  refuseForeignChange(flags);
  return machineContext(io.machine, flags);
}

function prepareOptions(io: Io, flags: PrepareFlags): PrepareOptions {
  return {
    ...changeOptions(io, flags),
    group: flags.group === true,
    confirm: async (question) => flags.yes === true || flags.dryRun === true || io.confirm(question),
  };
}

function report(io: Io, flags: PrepareFlags, changes: readonly DriverChange[]): number {
  return printChange(io, flags, {
    json: changes,
    steps: changes.flatMap(({ steps }) => steps),
    todo: changes.flatMap(({ todo }) => todo),
    lines: changes.map(sentence),
  });
}

function sentence({ address, before, after, changed, taken }: DriverChange): string {
  if (changed) return `${address}: ${before ?? 'no driver'} → ${after ?? 'no driver (none of the loaded ones wants it)'}`;
  const who = taken === null ? '' : `; ${taken.by} took it at ${taken.since}`;
  return `${address} is with ${after ?? 'no driver'}, as it was before${who}`;
}
