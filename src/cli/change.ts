/** What commands that change the host have in common: their options, and telling what was done or would be. */
import type { ChangeOptions } from '../app/change-options.ts';
import { formatStep, type Step } from '../plan/step.ts';
import type { ChangeFlags } from './command/options.ts';
import { type Io, printProblem } from './io.ts';
import { oneLine } from '../printable.ts';
import { journalOf } from './machine.ts';
import { parseSeconds } from './numbers.ts';

const DEFAULT_WAIT_S = 60;

export function changeOptions(io: Io, flags: ChangeFlags): ChangeOptions {
  return {
    dryRun: flags.dryRun === true,
    force: flags.force === true,
    waitMs: waitMs(flags.wait),
    stateDirectory: journalOf(io.machine, flags),
    onLoss: (loss) => printProblem(io, loss),
    onProgress: io.progress,
    // Looking needs no cleaning up.
    signal: flags.dryRun === true ? undefined : io.catchSignals(),
  };
}

/** Milliseconds of `--wait`, which may be without a value: then it is empty. */
export function waitMs(wait: string | undefined): number {
  if (wait === undefined) return 0;
  return parseSeconds('--wait', wait === '' ? String(DEFAULT_WAIT_S) : wait, 0, `; without a number it is ${DEFAULT_WAIT_S}. It is written --wait=60`);
}

interface Outcome {
  readonly steps: readonly Step[];
  readonly todo: readonly string[];
  /** What happened, as sentences. */
  readonly lines: readonly string[];
}

/** Prints what was done; with --dry-run every step that would be, and nothing with --json. */
export function printChange(io: Io, flags: ChangeFlags, { steps, todo, lines }: Outcome): void {
  if (flags.json === true) {
    io.answer.todo = [...new Set(todo)];
    return;
  }
  if (flags.dryRun === true && steps.length > 0) for (const line of new Set(steps.map(formatStep))) io.out(`${oneLine(line)}\n`);
  else for (const line of lines) io.out(`${oneLine(line)}\n`);
  printTodo(io, todo);
}

/** Prints what is left to the administrator. */
export function printTodo(io: Io, todo: readonly string[]): void {
  for (const line of new Set(todo)) io.out(`left for you: ${oneLine(line)}\n`);
}
