/**
 * Runs inside an emulated host: one process that carries out many command lines of hostdev, because starting Node costs seconds there. What a
 * command reads, decides, writes and prints is the product's own `main`; that it is no process of its own is why signals, crashes and
 * start-up are tested with `node cli.cjs` instead. It carries out programs of the laboratory as well: what has run before is quick, while
 * every line of a new process is compiled and translated anew.
 *
 * A line `{"id", "words"}` comes through the virtio port called "hostdev", with `"program"` for one of the laboratory's; `{"id", "status", "stdout",
 * "stderr"}` goes back.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import picocolors from 'picocolors';
import { surroundingsOf } from '../src/app/surroundings.ts';
import { emptyAnswer, type OuterIo } from '../src/cli/io.ts';
import { main } from '../src/cli/main.ts';
import { thisMachine } from '../src/cli/machine.ts';
import { type ProgramName, runProgram } from './programs.ts';

const PORTS = '/sys/class/virtio-ports';
const RETRY_MS = 50;

// A console has no name.
const nameOf = (each: string): string => (existsSync(`${PORTS}/${each}/name`) ? readFileSync(`${PORTS}/${each}/name`, 'utf8').trim() : '');
const name = readdirSync(PORTS).find((each) => nameOf(each) === 'hostdev');
const port = await open(`/dev/${name}`, 'r+');
/** Answers do not run into each other. */
let written = Promise.resolve();

let rest = '';
const buffer = Buffer.alloc(65_536);
for (;;) {
  const { bytesRead } = await port.read(buffer, 0, buffer.length, null);
  // Nobody is connected.
  if (bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
  rest = lines.pop() ?? '';
  for (const line of lines) void carryOut(JSON.parse(line) as Wish);
}

interface Wish {
  readonly id: string;
  readonly words: string[];
  readonly program?: ProgramName;
}

async function carryOut({ id, words, program }: Wish): Promise<void> {
  const said = { stdout: '', stderr: '' };
  const tell = (line: string): void => void (said.stdout += `${line}\n`);
  const ended = program === undefined ? main(words, ioOf(said)) : runProgram(program, words, tell).then(() => 0);
  const status = await ended.catch((error: unknown) => {
    said.stderr += (error as Error).stack ?? String(error);
    return 70;
  });
  // Not write(): the port takes 32 KiB at a time.
  written = written.then(() => port.writeFile(`${JSON.stringify({ id, status, ...said })}\n`));
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
