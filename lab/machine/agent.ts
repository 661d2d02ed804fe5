/** Talking to the agent inside an emulated host: one line a command, one line an answer. */
import type { Socket } from 'node:net';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectPort, onLines } from './lines.ts';

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The machine was reset while something ran in it. */
export class MachineReset extends Error {
  constructor() {
    super('the emulated host was reset');
  }
}

/** A command that has not ended in time; it may still run. */
export class TooLong extends Error {
  constructor(timeoutMs: number) {
    super(`the emulated host did not answer within ${Math.round(timeoutMs / 1000)} s`);
  }
}

/** A connection to the agent. `share` is the directory that the host sees as /share. */
export class Agent {
  readonly #socket: Socket;
  readonly #share: string;
  readonly #waiting = new Map<string, { readonly resolve: (status: number) => void; readonly reject: (error: Error) => void }>();
  #next = 0;
  #failure: Error | undefined;

  private constructor(socket: Socket, share: string) {
    this.#socket = socket;
    this.#share = share;
    onLines(socket, (line) => this.#answer(line));
    socket.on('close', () => this.giveUp(new Error('the emulated host has gone')));
    socket.on('error', (error) => this.giveUp(error));
  }

  /** Connects as soon as the emulator listens. */
  static async connect(path: string, share: string, timeoutMs: number, alive: () => boolean): Promise<Agent> {
    return new Agent(await connectPort(path, timeoutMs, alive), share);
  }

  /** Answers when the host is up. */
  async ping(timeoutMs: number): Promise<void> {
    const id = `p${this.#next++}`;
    await this.#ask(`ping ${id}`, id, timeoutMs);
  }

  /** Runs a shell script in the host. Scripts are the laboratory's own; data never becomes part of one unquoted. */
  async run(script: string, timeoutMs: number): Promise<CommandResult> {
    const id = `j${process.pid}-${this.#next++}`;
    const job = join(this.#share, 'jobs', id);
    await mkdir(job, { recursive: true });
    await writeFile(join(job, 'command'), `${script}\n`);
    const status = await this.#ask(`run ${id}`, id, timeoutMs);
    const [stdout, stderr] = await Promise.all(['stdout', 'stderr'].map((name) => readFile(join(job, name), 'utf8').catch(() => '')));
    return { status, stdout: stdout ?? '', stderr: stderr ?? '' };
  }

  powerOff(): void {
    this.#socket.write('off\n');
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(line: string, id: string, timeoutMs: number): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new TooLong(timeoutMs));
      }, timeoutMs);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        act();
      };
      this.#waiting.set(id, { resolve: (status) => settle(() => resolve(status)), reject: (error) => settle(() => reject(error)) });
      this.#socket.write(`${line}\n`);
    });
  }

  #answer(line: string): void {
    const [verb, id, status] = line.trim().split(' ');
    // The machine began anew: what ran in it will never answer. A ping that waited meanwhile is answered by the new one.
    if (verb === 'hello') this.#rejectJobs(new MachineReset());
    if (id === undefined || (verb !== 'done' && verb !== 'pong')) return;
    this.#waiting.get(id)?.resolve(Number(status ?? 0));
    this.#waiting.delete(id);
  }

  #rejectJobs(error: Error): void {
    for (const [id, { reject }] of this.#waiting) {
      if (!id.startsWith('j')) continue;
      this.#waiting.delete(id);
      reject(error);
    }
  }

  /** Nothing will be answered any more: whoever waits is told why, and so is whoever asks later. */
  giveUp(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
