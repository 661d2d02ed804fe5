/** What a process costs: the time that passes, and that of the processor. */
import { spawnSync } from 'node:child_process';

/** Milliseconds. */
export interface Cost {
  readonly elapsed: number;
  /** User and system time of all its threads and of what it started. */
  readonly processor: number;
}

/** Node cannot ask what one child has used (getrusage(2)); the shell's `time` can, to the millisecond. */
const TIMED = 'TIMEFORMAT="%R %U %S"; time "$@" >/dev/null 2>&1';

/** Runs a command, whose output goes nowhere. */
export function costOf(words: readonly string[]): Cost {
  const { stderr, error } = spawnSync('bash', ['-c', TIMED, 'bash', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error !== undefined) throw error;
  const [elapsed = Number.NaN, user = Number.NaN, system = Number.NaN] = stderr.trim().split(' ').map(Number);
  return { elapsed: elapsed * 1000, processor: (user + system) * 1000 };
}

export function medianCost(costs: readonly Cost[]): Cost {
  return { elapsed: median(costs.map((each) => each.elapsed)), processor: median(costs.map((each) => each.processor)) };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return ((sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN) + (sorted[Math.floor(sorted.length / 2)] ?? Number.NaN)) / 2;
}
