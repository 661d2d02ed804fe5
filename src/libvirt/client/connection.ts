/** One connection to libvirt over any stream of bytes: calls, their answers, events, signs of life. */
import type { Duplex } from 'node:stream';
import { HostdevError } from '../../errors.ts';
import { decodeXdr } from '../../xdr/xdr.ts';
import { encodeMessage, encodePacket, type Packet, PacketParser } from '../protocol/packet.ts';
import {
  type ArgsOf,
  type EventName,
  EVENTS,
  KEEPALIVE_PING,
  KEEPALIVE_PONG,
  KEEPALIVE_PROGRAM,
  KEEPALIVE_VERSION,
  type MessageOf,
  PROCEDURES,
  type ProcedureName,
  REMOTE_PROGRAM,
  REMOTE_VERSION,
  type ResultOf,
} from '../protocol/procedures.ts';
import { remoteError } from '../protocol/types.ts';
import { libvirtError } from './libvirt-error.ts';

export interface CallOptions {
  /** Ends the wait; the server goes on with what it has begun. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the server has for the call, once it is its turn; {@link CALL_TIMEOUT_MS} when missing. */
  readonly timeoutMs?: number | undefined;
}

/** Longest wait for an answer. Attaching a function resets it, which takes seconds. */
const CALL_TIMEOUT_MS = 60_000;

/** The server reads no more of one client at a time: max_client_requests of libvirtd.conf. */
const IN_FLIGHT = 5;

/** Without a word from the server for that long we ask; without an answer to that many questions it is gone. */
const QUIET_MS = 5000;
const QUESTIONS = 5;

interface Call {
  readonly name: ProcedureName;
  readonly args: unknown;
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (error: Error) => void;
  /** Whether nobody waits for it any more: then it need not go out. */
  readonly isOver: () => boolean;
  /** When it went out, in milliseconds of the process. */
  sent: number | undefined;
}

type Listener = (message: never) => void;

/**
 * Speaks libvirt's protocol over a stream. At most five calls are on their way at a time, others wait. When the stream ends or brings what
 * cannot be read, every call that waits is rejected and the connection is closed.
 */
export class Connection {
  readonly #stream: Duplex;
  readonly #where: string;
  readonly #oneByOne: boolean;
  readonly #parser = new PacketParser();
  /** Those that have been given up are left out when their turn comes. */
  readonly #waiting: Call[] = [];
  /** By serial number. A call that nobody waits for any more keeps its place until the server has answered. */
  readonly #pending = new Map<number, Call>();
  readonly #listeners = new Map<number, Set<Listener>>();
  readonly #onClosed = new Set<(error: HostdevError) => void>();
  #serial = 0;
  /** When the server last answered a call, in milliseconds of the process. */
  #answered = 0;
  #writing: Promise<void> = Promise.resolve();
  #closed: HostdevError | undefined;
  #heard = Date.now();
  #unanswered = 0;
  #pulse: NodeJS.Timeout | undefined;

  /**
   * `where` names the other side in messages. `oneByOne` writes a message only when the one before is through: over TLS libvirtd stalls when
   * two are written at once.
   */
  constructor(stream: Duplex, where: string, oneByOne = false) {
    this.#stream = stream;
    this.#oneByOne = oneByOne;
    this.#where = where;
    stream.on('data', (chunk: Uint8Array) => this.#receive(chunk));
    stream.on('error', (error) => this.#fail(error instanceof HostdevError ? error : this.#lost(error.message, error)));
    stream.on('end', () => this.#fail(this.#lost(this.#parser.isInside ? 'it was cut in the middle of a message' : 'the other side has closed it')));
    stream.on('close', () => this.#fail(this.#lost('the other side has closed it')));
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /**
   * Calls a procedure.
   *
   * @throws {HostdevError} `libvirt-refused` with libvirt's own words, `libvirt-closed`, `libvirt-timeout`, `interrupted`.
   */
  async call<N extends ProcedureName>(name: N, args: ArgsOf<N>, { signal, timeoutMs = CALL_TIMEOUT_MS }: CallOptions = {}): Promise<ResultOf<N>> {
    if (this.#closed !== undefined) throw this.#closed;
    const interrupted = (): HostdevError => new HostdevError('interrupted', 'interrupted while libvirt was working', { subject: this.#where });
    if (signal?.aborted === true) throw interrupted();
    const procedure = PROCEDURES[name];
    const payload = await new Promise<Uint8Array>((resolve, reject) => {
      let over = false;
      const done = (act: () => void): void => {
        over = true;
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        act();
      };
      const call: Call = {
        name,
        args,
        resolve: (value) => done(() => resolve(value)),
        reject: (error) => done(() => reject(error)),
        isOver: () => over,
        sent: undefined,
      };
      const aborted = (): void => call.reject(interrupted());
      const queued = performance.now();
      // A call that waits for its turn is not late while the server answers those before it.
      const expire = (): void => {
        const left = (call.sent ?? Math.max(queued, this.#answered)) + timeoutMs - performance.now();
        if (left <= 0) call.reject(this.#timeout(name, timeoutMs));
        else timer = setTimeout(expire, left);
      };
      let timer = setTimeout(expire, timeoutMs);
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiting.push(call);
      this.#send();
    });
    return this.#decode(() => decodeXdr(procedure.result as never, payload));
  }

  /** Calls `listener` with each message of that name until the function that it gives is called. */
  on<N extends EventName>(name: N, listener: (message: MessageOf<N>) => void): () => void {
    const { number } = EVENTS[name];
    const listeners = this.#listeners.get(number) ?? new Set();
    this.#listeners.set(number, listeners.add(listener as Listener));
    return () => void listeners.delete(listener as Listener);
  }

  /** Calls back once, when the connection ends for a reason of its own. */
  onClosed(listener: (error: HostdevError) => void): void {
    if (this.#closed === undefined) this.#onClosed.add(listener);
    else listener(this.#closed);
  }

  /** Asks for signs of life from now on, and notices when they stop. */
  startPulse(quietMs = QUIET_MS): void {
    this.#pulse ??= setInterval(() => this.#ask(quietMs), quietMs).unref();
  }

  #ask(quietMs: number): void {
    if (Date.now() - this.#heard < quietMs) return;
    if (this.#unanswered >= QUESTIONS) {
      this.#fail(this.#lost(`it has not answered for ${Math.round((Date.now() - this.#heard) / 1000)} s`));
      return;
    }
    this.#unanswered += 1;
    this.#write(encodePacket({ ...KEEPALIVE, procedure: KEEPALIVE_PING }));
  }

  /** Ends the stream; what has not been answered is rejected. */
  close(): void {
    this.#onClosed.clear();
    this.#fail(new HostdevError('libvirt-closed', `the connection to ${this.#where} is closed`, { subject: this.#where }));
  }

  #send(): void {
    while (this.#pending.size < IN_FLIGHT) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      if (call.isOver()) continue;
      this.#serial = (this.#serial + 1) >>> 0;
      this.#pending.set(this.#serial, call);
      call.sent = performance.now();
      try {
        const { number, args } = PROCEDURES[call.name];
        const header = { program: REMOTE_PROGRAM, version: REMOTE_VERSION, procedure: number, type: 'call', serial: this.#serial, status: 'ok' } as const;
        this.#write(encodeMessage(header, args as never, call.args));
      } catch (error) {
        this.#pending.delete(this.#serial);
        call.reject(error as Error);
      }
    }
  }

  #write(bytes: Uint8Array): void {
    if (!this.#oneByOne) {
      this.#stream.write(bytes);
      return;
    }
    this.#writing = this.#writing.then(
      () =>
        new Promise<void>((resolve) => {
          if (this.#closed === undefined) this.#stream.write(bytes, () => resolve());
          else resolve();
        }),
    );
  }

  #receive(chunk: Uint8Array): void {
    if (this.#closed !== undefined) return;
    this.#heard = Date.now();
    this.#unanswered = 0;
    this.#decode(() => {
      for (const packet of this.#parser.push(chunk)) this.#take(packet);
    }, true);
  }

  /** Bytes that cannot be read end the connection: where the next message begins is unknown then. */
  #decode<T>(act: () => T, swallow = false): T {
    try {
      return act();
    } catch (error) {
      const malformed =
        error instanceof HostdevError ? error : new HostdevError('xdr-malformed', `${this.#where}: ${(error as Error).message}`, { cause: error });
      this.#fail(malformed);
      if (!swallow) throw malformed;
      return undefined as T;
    }
  }

  #take(packet: Packet): void {
    if (packet.program === KEEPALIVE_PROGRAM) {
      if (packet.procedure === KEEPALIVE_PING) this.#write(encodePacket({ ...KEEPALIVE, procedure: KEEPALIVE_PONG }));
      return;
    }
    // Programs of other drivers send nothing that was not asked for.
    if (packet.program !== REMOTE_PROGRAM) return;
    if (packet.type === 'message') this.#dispatch(packet);
    else if (packet.type === 'reply') this.#answer(packet);
  }

  #answer({ serial, status, payload }: Packet): void {
    const call = this.#pending.get(serial);
    if (call === undefined) throw new HostdevError('xdr-malformed', `${this.#where} answers to call ${serial}, which nobody made`, UNREADABLE);
    // Read before the call is taken off the list: if that fails, it is rejected with all others.
    const error = status === 'error' ? libvirtError(decodeXdr(remoteError, payload), call.name) : undefined;
    this.#pending.delete(serial);
    this.#answered = performance.now();
    if (error === undefined) call.resolve(payload);
    else call.reject(error);
    this.#send();
  }

  #dispatch({ procedure, payload }: Packet): void {
    const listeners = this.#listeners.get(procedure);
    const event = Object.values(EVENTS).find(({ number }) => number === procedure);
    if (listeners === undefined || event === undefined) return;
    const message = decodeXdr(event.message as never, payload);
    // What a listener throws is its own affair, not the connection's.
    for (const listener of listeners) queueMicrotask(() => listener(message as never));
  }

  #fail(error: HostdevError): void {
    if (this.#closed !== undefined) return;
    this.#closed = error;
    clearInterval(this.#pulse);
    const calls = [...this.#pending.values(), ...this.#waiting];
    this.#pending.clear();
    this.#waiting.length = 0;
    for (const call of calls) call.reject(error);
    for (const listener of this.#onClosed) listener(error);
    this.#onClosed.clear();
    this.#listeners.clear();
    this.#stream.destroy();
  }

  #lost(why: string, cause?: unknown): HostdevError {
    return new HostdevError('libvirt-closed', `the connection to ${this.#where} is lost: ${why}`, {
      subject: this.#where,
      hint: "see whether libvirt runs ('systemctl status libvirtd virtqemud') and what its log says",
      cause,
    });
  }

  #timeout(name: ProcedureName, ms: number): HostdevError {
    return new HostdevError('libvirt-timeout', `${this.#where} has not answered ${name} for ${ms < 1000 ? `${ms} ms` : `${Math.round(ms / 1000)} s`}`, {
      subject: this.#where,
      hint: 'it may still be working on it; look at the guest before trying again',
    });
  }
}

const KEEPALIVE: Packet = {
  program: KEEPALIVE_PROGRAM,
  version: KEEPALIVE_VERSION,
  procedure: 0,
  type: 'message',
  serial: 0,
  status: 'ok',
  payload: new Uint8Array(),
};

const UNREADABLE = { hint: 'the other side speaks another protocol, or the connection is damaged' };
