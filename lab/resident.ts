/**
 * Runs inside an emulated host: one process that carries out many command lines of hostdev, because starting Node costs seconds there. What a
 * command reads, decides, writes and prints is the product's own `main`; that it is no process of its own is why signals, crashes and
 * start-up are tested with `node cli.cjs` instead. It carries out programs of the laboratory as well: what has run before is quick, while
 * every line of a new process is compiled and translated anew.
 *
 * It is one file: forty of them, each looked for in the shared directory, would cost seconds wherever a command is the first of its kind.
 *
 * A line `{"id", "words"}` comes through the virtio port called "hostdev", with `"program"` for one of the laboratory's; `{"id", "status", "stdout",
 * "stderr"}` goes back.
 */
import picocolors from 'picocolors';
import { surroundingsOf } from '../src/app/surroundings.ts';
import { emptyAnswer, type OuterIo } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';
import { thisMachine } from '../src/cli/machine.ts';
import { type ProgramName, runProgram } from './programs.ts';
import { openVirtioPort, type VirtioPort } from './virtio-port.ts';

interface Wish {
  readonly id: string;
  readonly words: string[];
  readonly program?: ProgramName;
}

async function stay(): Promise<void> {
  const { lines, write } = await openVirtioPort('hostdev');
  for await (const line of lines) void carryOut(JSON.parse(line) as Wish, write);
}

async function carryOut({ id, words, program }: Wish, write: VirtioPort['write']): Promise<void> {
  const said = { stdout: '', stderr: '' };
  const tell = (line: string): void => void (said.stdout += `${line}\n`);
  const ended = program === undefined ? main(words, ioOf(said)) : runProgram(program, words, tell).then(() => 0);
  const status = await ended.catch((error: unknown) => {
    said.stderr += (error as Error).stack ?? String(error);
    return 70;
  });
  write(JSON.stringify({ id, status, ...said }));
}

/** As when nobody looks: no terminal, nothing to read. */
function ioOf(said: { stdout: string; stderr: string }): OuterIo {
  return {
    out: (text) => void (said.stdout += text),
    document: (text) => void (said.stdout += text),
    err: (text) => void (said.stderr += text),
    progress: () => undefined,
    stdin: async () => new Uint8Array(),
    confirm: async () => false,
    colors: picocolors.createColors(false),
    terminal: { width: undefined, hasUnicode: true, hasColors: false },
    catchSignals: () => new AbortController().signal,
    readerGone: async () => new AbortController().signal,
    answer: emptyAnswer(),
    machine: { ...surroundingsOf(process.env), context: async () => thisMachine(surroundingsOf(process.env)) },
  };
}

void stay();
