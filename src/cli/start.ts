#!/usr/bin/env node
/** Entry of the command: signals, pipes and the exit status of the process. */
import type { AppContext } from '../app/context.ts';
import { type Surroundings, surroundingsOf } from '../app/surroundings.ts';
import { processIo } from './io.ts';
import { main } from './main.ts';

/** What a signal leaves behind: 128 + its number, as shells expect. */
const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const signalled = new AbortController();
let isCatching = false;

/**
 * A command that has something to clean up asks for this signal; only then are they caught. All others end at once, as any
 * program does.
 */
function catchSignals(): AbortSignal {
  if (isCatching) return signalled.signal;
  isCatching = true;
  for (const [signal, status] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      signalled.abort();
      process.exitCode = status;
      // A second signal ends the process the ordinary way: the handler is gone.
    });
  }
  return signalled.signal;
}

async function lookHere(surroundings: Surroundings): Promise<AppContext> {
  const [{ thisMachine }, { optimizeLater }] = await Promise.all([import('./machine.ts'), import('./short-run.ts')]);
  optimizeLater();
  return thisMachine(surroundings);
}

async function start(): Promise<void> {
  const readerGone = new AbortController();
  // A reader that goes away (head, less, a terminal) is no error of ours, and no failure to print is a reason to stop in the middle of a change.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    readerGone.abort();
    if (error.code === 'EPIPE' || error.code === 'EIO' || process.exitCode === 1) return;
    process.stderr.write(`hostdev: what is printed cannot be written: ${error.message}\n`);
    process.exitCode = 1;
  });
  // What looks at the machine is loaded when it is looked at.
  const surroundings = surroundingsOf(process.env);
  const machine = { ...surroundings, context: () => lookHere(surroundings) };
  const noticeReader = async (): Promise<AbortSignal> => {
    (await import('./pipe-reader.ts')).onReaderGone(process.stdout.fd, () => readerGone.abort());
    return readerGone.signal;
  };
  const status = await main(process.argv.slice(2), processIo({ catchSignals, readerGone: noticeReader, machine }));
  process.exitCode ||= status;
}

start().catch((error: unknown) => {
  process.stderr.write(`hostdev: internal error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
