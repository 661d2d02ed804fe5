/** QEMU's monitor over a unix socket: commands, their answers, events. */
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { HostdevError } from '../../errors.ts';
import { encodeCommand, malformedQmp, MAX_LINE, parseMessage, type QmpMessage } from '../protocol/message.ts';
import { type QmpPciBus, readPciInfo } from '../protocol/pci.ts';

export interface QmpOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for an answer; {@link ANSWER_MS} when missing. */
  readonly timeoutMs?: number | undefined;
}

export interface QmpEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A function is reset when it is added, which takes seconds. */
const ANSWER_MS = 60_000;

/** A monitor has one client at a time; the next one gets no greeting until the first has left. */
const GREETING_MS = 5000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Connects to the monitor of a QEMU.
 *
 * @throws {HostdevError} `qmp-unreachable`, `qmp-malformed`.
 */
export async function connectQmp(path: string, options: QmpOptions = {}): Promise<Qmp> {
  const stream = await dial(path, options.signal);
  return openQmp(stream, path, options);
}

/** Speaks QMP over a stream that somebody else has dialled. */
export async function openQmp(stream: Duplex, name: string, options: QmpOptions = {}): Promise<Qmp> {
  const qmp = new Qmp(stream, name);
  try {
    await qmp.greeted(Math.min(options.timeoutMs ?? GREETING_MS, GREETING_MS));
    await qmp.execute('qmp_capabilities', undefined, options);
    return qmp;
  } catch (error) {
    qmp.close();
    throw error;
  }
}

function dial(path: string, signal: AbortSignal | undefined): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const refuse = (why: string, cause?: Error): void =>
      reject(new HostdevError('qmp-unreachable', `${path}: ${why}`, { subject: path, hint: 'start QEMU with -qmp unix:PATH,server=on,wait=off', cause }));
    // Only getting through may be interrupted: what has begun needs the connection to be undone.
    const aborted = (): void => {
      socket.destroy();
      reject(new HostdevError('interrupted', `interrupted while connecting to ${path}`));
    };
    if (signal?.aborted === true) aborted();
    signal?.addEventListener('abort', aborted, { once: true });
    socket.once('connect', () => {
      signal?.removeEventListener('abort', aborted);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      signal?.removeEventListener('abort', aborted);
      refuse(error.code === 'ENOENT' ? 'there is no such socket' : error.code === 'ECONNREFUSED' ? 'no QEMU listens there' : error.message, error);
    });
  });
}

export class Qmp {
  readonly #stream: Duplex;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeting: Promise<string>;
  #greet: (version: string) => void = () => undefined;
  #refuseGreeting: (error: Error) => void = () => undefined;
  #rest = '';
  #next = 1;
  #closed: HostdevError | undefined;

  constructor(stream: Duplex, name: string) {
    this.#stream = stream;
    this.#name = name;
    this.#greeting = new Promise((resolve, reject) => {
      this.#greet = resolve;
      this.#refuseGreeting = reject;
    });
    // Whoever waits for it gets the error; when nobody does it is no news.
    this.#greeting.catch(() => undefined);
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => this.#receive(decoder.write(chunk)));
    const lost = (why: string): void =>
      this.#fail(new HostdevError('qmp-closed', `${name}: QEMU has closed its monitor${why}`, { subject: name, hint: 'has the guest ended?' }));
    stream.on('error', (error) => lost(`: ${error.message}`));
    stream.on('end', () => lost(''));
    stream.on('close', () => lost(''));
  }

  /** Version of QEMU, once it has said so. */
  async greeted(timeoutMs: number): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new HostdevError('qmp-unreachable', `${this.#name}: QEMU's monitor does not greet`, {
              subject: this.#name,
              hint: 'somebody else is connected to it; a guest of libvirt is named by its libvirt name, not by qmp:',
            }),
          ),
        timeoutMs,
      );
    });
    try {
      return await Promise.race([this.#greeting, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Runs a command and gives what it returns.
   *
   * @throws {HostdevError} `qmp-refused` with QEMU's own words, `qmp-closed`, `qmp-timeout`, `interrupted`.
   */
  execute(command: string, args?: Readonly<Record<string, unknown>>, { signal, timeoutMs = ANSWER_MS }: QmpOptions = {}): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.#waiting.delete(id);
        act();
      };
      const aborted = (): void => done(() => reject(new HostdevError('interrupted', `interrupted while QEMU was working on ${command}`)));
      const late = new HostdevError('qmp-timeout', `${this.#name}: QEMU has not answered ${command} for ${timeoutMs} ms`, { subject: this.#name });
      const timer = setTimeout(() => done(() => reject(late)), timeoutMs);
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiting.set(id, { resolve: (value) => done(() => resolve(value)), reject: (error) => done(() => reject(error)) });
      this.#stream.write(encodeCommand(id, command, args));
      if (signal?.aborted === true) aborted();
    });
  }

  /** Calls `listener` with every event until the function that it gives is called. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async queryPci(options: QmpOptions = {}): Promise<QmpPciBus[]> {
    return readPciInfo(await this.execute('query-pci', undefined, options));
  }

  close(): void {
    this.#fail(new HostdevError('qmp-closed', `${this.#name}: the connection is closed`, { subject: this.#name }));
  }

  #receive(text: string): void {
    if (this.#closed !== undefined) return;
    // Only what is new is looked through: a long line comes in many pieces.
    const lines = text.split('\n');
    lines[0] = this.#rest + (lines[0] ?? '');
    this.#rest = lines.pop() ?? '';
    try {
      if (this.#rest.length > MAX_LINE) throw malformedQmp('a line has no end');
      for (const line of lines) if (line.trim() !== '') this.#take(parseMessage(line));
    } catch (error) {
      this.#fail(error as HostdevError);
    }
  }

  #take(message: QmpMessage): void {
    switch (message.kind) {
      case 'greeting':
        this.#greet(message.version);
        return;
      case 'event':
        for (const listener of this.#listeners) queueMicrotask(() => listener(message));
        return;
      case 'result':
        this.#waiting.get(message.id)?.resolve(message.value);
        return;
      case 'error': {
        const error = new HostdevError(
          'qmp-refused',
          message.text === '' ? `${this.#name}: QEMU refuses and does not say why (${message.class})` : message.text,
          { details: { qmp: { class: message.class, text: message.text } } },
        );
        if (message.id === undefined) throw error;
        this.#waiting.get(message.id)?.reject(error);
      }
    }
  }

  #fail(error: HostdevError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    this.#refuseGreeting(error);
    for (const { reject } of [...this.#waiting.values()]) reject(error);
    for (const listener of this.#listeners) listener({ name: 'CLOSED', data: {} });
    this.#listeners.clear();
    this.#stream.destroy();
  }
}
