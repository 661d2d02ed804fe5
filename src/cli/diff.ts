/** Unified diffs, coloured on a terminal. */
import { createTwoFilesPatch } from 'diff';
import type { Io } from './io.ts';

export function printDiff(io: Io, name: string, before: string, after: string): void {
  if (before === after) return;
  const patch = createTwoFilesPatch(name, name, before, after, undefined, undefined, { context: 3 });
  for (const line of patch
    .split('\n')
    .slice(1, -1)
    .filter((line) => !line.startsWith('===='))) {
    const paint = line.startsWith('+') ? io.colors.green : line.startsWith('-') ? io.colors.red : line.startsWith('@@') ? io.colors.cyan : String;
    io.document(`${paint(line)}\n`);
  }
}
