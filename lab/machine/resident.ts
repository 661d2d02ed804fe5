/** Talks to the process inside an emulated host that carries out hostdev's command lines (`lab/resident.ts`). */
import type { Socket } from 'node:net';
import type { ProgramName } from '../programs.ts';
import { type CommandResult, TooLong } from './agent.ts';
import { connectPort, onLines } from './lines.ts';

const CONNECT_MS = 10_000;

/** A command line of hostdev, or one of a program of the laboratory. */
export interface Wish {
  readonly words: readonly string[];
  readonly program?: ProgramName;
}

export class Resident {
  readonly #socket: Socket;
  readonly #waiting = new Map<string, { readonly resolve: (result: CommandResult) => void; readonly reject: (error: Error) => void }>();
  #next = 0;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    onLines(socket, (line) => {
      const answer = parseAnswer(line);
      if (answer === undefined) return this.giveUp(new Error(`the emulated host answered ${line.slice(0, 200)}`));
      this.#waiting.get(answer.id)?.resolve(answer);
      this.#waiting.delete(answer.id);
    });
    socket.on('close', () => this.giveUp(new Error('the emulated host has gone')));
    socket.on('error', () => undefined);
  }

  static async connect(path: string, alive: () => boolean): Promise<Resident> {
    return new Resident(await connectPort(path, CONNECT_MS, alive));
  }

  run(wish: Wish, timeoutMs: number): Promise<CommandResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = String(this.#next++);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new TooLong(timeoutMs));
      }, timeoutMs);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        act();
      };
      this.#waiting.set(id, { resolve: (result) => settle(() => resolve(result)), reject: (error) => settle(() => reject(error)) });
      this.#socket.write(`${JSON.stringify({ id, ...wish })}\n`);
    });
  }

  /** Nothing will be answered any more: the host has ended, or was reset. */
  giveUp(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  close(): void {
    this.#socket.destroy();
  }
}

function parseAnswer(line: string): (CommandResult & { readonly id: string }) | undefined {
  try {
    const { id, status, stdout, stderr } = JSON.parse(line) as CommandResult & { readonly id: string };
    return { id, status, stdout, stderr };
  } catch {
    return undefined;
  }
}
