/** Commands that a report carries out: what they print is kept, and nobody is asked anything. */
import picocolors from 'picocolors';
import { shellWord } from '../../shell-word.ts';
import { emptyAnswer, type Io } from '../io.ts';
import type { Machine } from '../machine.ts';

/** What a command said, results and errors in their order. */
export interface Said {
  readonly command: string;
  readonly exitStatus: number;
  readonly output: string;
}

/** A file that has everything, whatever the terminal has. */
const FILE = { width: undefined, hasUnicode: true, hasColors: false };

export async function carryOut(io: Io, machine: Machine, words: readonly string[]): Promise<Said> {
  let output = '';
  const keep = (text: string): void => {
    output += text;
  };
  const quiet = { out: keep, document: keep, err: keep, progress: () => undefined, confirm: async () => false };
  const inner = { ...io, ...quiet, colors: picocolors.createColors(false), terminal: FILE, machine, answer: emptyAnswer() };
  const command = ['hostdev', ...words].map(shellWord).join(' ');
  try {
    return { command, exitStatus: await io.main(words, inner), output };
  } catch (error) {
    // A bug is what reports are for.
    return { command, exitStatus: 1, output: `${output}internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n` };
  }
}
