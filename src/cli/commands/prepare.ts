import { prepareFunctions, type PrepareOptions } from '../../app/prepare.ts';
import { releaseFunctions } from '../../app/release.ts';
import { resolveFunctions } from '../../app/resolve.ts';
import { answerItems } from '../answer.ts';
import type { Io } from '../io.ts';
import { moved } from '../../json/items/host-changes.ts';
import { machineContext, refuseForeignChange } from '../machine.ts';
import { functionNames } from '../function-names.ts';
import { changeOptions, printChange } from '../change.ts';
import type { Options } from '../command/table.ts';
import { checkDriverName } from '../../plan/prepare.ts';
import type { DriverChange } from '../../plan/driver-change.ts';

export async function prepare(io: Io, words: readonly string[], flags: Options<'prepare'>): Promise<number> {
  const names = await functionNames(io.machine, flags, words);
  const options = {
    ...prepareOptions(io, flags),
    persist: flags.persist === true,
    ...(flags.driver === undefined ? {} : { driver: checkDriverName(flags.driver) }),
  };
  const context = await contextOf(io, flags);
  return report(io, flags, await prepareFunctions(context, await resolveFunctions(context, names), options));
}

export async function release(io: Io, words: readonly string[], flags: Options<'release'>): Promise<number> {
  const names = await functionNames(io.machine, flags, words);
  const context = await contextOf(io, flags);
  const options = { ...prepareOptions(io, flags), onPartly: (released: readonly DriverChange[]): void => void report(io, flags, released) };
  return report(io, flags, await releaseFunctions(context, await resolveFunctions(context, names), options));
}

function contextOf(io: Io, flags: Options<'release'>): ReturnType<typeof machineContext> {
  refuseForeignChange(flags);
  return machineContext(io.machine, flags);
}

function prepareOptions(io: Io, flags: Options<'release'>): PrepareOptions {
  return {
    ...changeOptions(io, flags),
    group: flags.group === true,
    confirm: async (question) => flags.yes === true || flags.dryRun === true || io.confirm(question),
  };
}

function report(io: Io, flags: Options<'release'>, changes: readonly DriverChange[]): number {
  if (flags.json === true) answerItems(io, 'prepare', changes.map(moved));
  printChange(io, flags, {
    steps: changes.flatMap(({ steps }) => steps),
    todo: changes.flatMap(({ todo }) => todo),
    lines: changes.map(sentence),
  });
  return 0;
}

function sentence({ address, before, after, changed, taken }: DriverChange): string {
  if (changed) return `${address}: ${before ?? 'no driver'} → ${after ?? 'no driver (none of the loaded ones wants it)'}`;
  const who = taken === null ? '' : `; ${taken.by} took it at ${taken.since}`;
  return `${address} is with ${after ?? 'no driver'}, as it was before${who}`;
}
