/** Whoever reads a pipe and goes away: a program that writes nothing is not told so, and Node cannot ask (poll(2), POLLERR). */
import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';

/**
 * Calls once when a pipe that is written to has no reader any more; never for what is no pipe. GNU tail asks that of its own standard
 * output since coreutils 8.28 and ends then with SIGPIPE; another tail does not, and then the next write tells. With `--pid` it never
 * outlives us, which would keep the pipe open.
 *
 * @returns what ends the asking.
 */
export function onReaderGone(pipe: number, act: () => void): () => void {
  if (!fstatSync(pipe).isFIFO()) return () => undefined;
  const tail = spawn('tail', ['-f', '-s', '0.5', `--pid=${process.pid}`, '/dev/null'], { stdio: ['ignore', pipe, 'ignore'] });
  let isAsking = true;
  const stop = (): void => {
    isAsking = false;
    tail.kill();
  };
  // No tail is no reason to stop.
  tail.on('error', () => undefined);
  tail.on('exit', (_, signal) => {
    process.off('exit', stop);
    if (isAsking && signal === 'SIGPIPE') act();
  });
  tail.unref();
  process.once('exit', stop);
  return stop;
}
