/** A command line run inside the test, on a machine of the test: what it prints is kept. */
import picocolors from 'picocolors';
import { emptyAnswer, type Io } from '../src/cli/io.ts';
import type { Machine } from '../src/cli/machine.ts';
import { main } from '../src/cli/main.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import { bareMachine } from './bare-machine.ts';
import { itemsIn } from './json/items.ts';

export interface Captured {
  readonly io: Io;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export function captureIo(stdin = '', machine = bareMachine(), terminal = PIPED): Captured {
  let out = '';
  let err = '';
  return {
    io: {
      out: (text) => void (out += text),
      document: (text) => void (out += text),
      err: (text) => void (err += text),
      progress: () => undefined,
      stdin: async () => new TextEncoder().encode(stdin),
      confirm: async () => false,
      colors: picocolors.createColors(false),
      terminal,
      catchSignals: () => new AbortController().signal,
      readerGone: async () => new AbortController().signal,
      machine,
      answer: emptyAnswer(),
      main,
    },
    stdout: () => out,
    stderr: () => err,
  };
}

/** A pipe into something that reads UTF-8. */
const PIPED: Terminal = { width: undefined, hasUnicode: true, hasColors: false };

/** Runs `hostdev` with these words; on a bare machine when none is given. */
export async function hostdev(words: readonly string[], stdin = '', machine?: Machine): Promise<{ status: number; stdout: string; stderr: string }> {
  const { io, stdout, stderr } = captureIo(stdin, machine);
  const status = await main(words, io);
  return { status, stdout: stdout(), stderr: stderr() };
}

/** What a command that was asked for JSON gives. */
export function itemsOf<T = unknown>({ stdout }: { readonly stdout: string }): T[] {
  return itemsIn<T>(stdout);
}
