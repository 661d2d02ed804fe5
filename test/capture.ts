/** A command line run inside the test: what it prints is kept. */
import picocolors from 'picocolors';
import type { Io } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';

export interface Captured {
  readonly io: Io;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

export function captureIo(stdin = ''): Captured {
  let out = '';
  let err = '';
  return {
    io: {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      progress: () => undefined,
      stdin: async () => new TextEncoder().encode(stdin),
      confirm: async () => false,
      colors: picocolors.createColors(false),
      catchSignals: () => new AbortController().signal,
      readerGone: new AbortController().signal,
    },
    stdout: () => out,
    stderr: () => err,
  };
}

/** Runs `hostdev` with these words. */
export async function hostdev(words: readonly string[], stdin = ''): Promise<{ status: number; stdout: string; stderr: string }> {
  const { io, stdout, stderr } = captureIo(stdin);
  const status = await main(words, io);
  return { status, stdout: stdout(), stderr: stderr() };
}
