/** The wire side of the fake libvirt: packets in, answers and events out, for every client that connects. */
import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePacket, PacketParser, type Packet } from '../../libvirt/protocol/packet.ts';
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
} from '../../libvirt/protocol/procedures.ts';
import { remoteError } from '../../libvirt/protocol/types.ts';
import { decodeXdr, encodeXdr } from '../../xdr/xdr.ts';

/** What the fake refuses, with libvirt's numbers. */
export class Refusal extends Error {
  readonly code: number;
  /** The part of libvirt that says so: 10 is QEMU's driver. */
  readonly domain: number;

  constructor(code: number, message: string, domain = 10) {
    super(message);
    this.code = code;
    this.domain = domain;
  }
}

/** One client of the fake. */
export interface Client {
  send<N extends EventName>(name: N, message: MessageOf<N>): void;
}

export type Handlers = { readonly [N in ProcedureName]: (args: ArgsOf<N>, client: Client) => ResultOf<N> | Promise<ResultOf<N>> };

export interface FakeServer {
  /** Path of its unix socket. */
  readonly socket: string;
  /** Every procedure that has been called so far. */
  readonly called: ReadonlySet<ProcedureName>;
  /** Cuts every connection, as a daemon that dies does; it listens on. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

/** Listens on a unix socket; `handlersFor` makes the handlers of one client. */
export async function serve(handlersFor: (client: Client) => Handlers): Promise<FakeServer> {
  const socket = join(tmpdir(), `hostdev-fake-${process.pid}-${randomBytes(4).toString('hex')}.sock`);
  const called = new Set<ProcedureName>();
  const clients = new Set<Socket>();
  const server: Server = createServer((stream) => {
    clients.add(stream);
    stream.on('close', () => clients.delete(stream));
    stream.on('error', () => undefined);
    attend(stream, handlersFor, called);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const cut = (): void => {
    for (const stream of clients) stream.destroy();
  };
  return {
    socket,
    called,
    cut,
    stop: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
      await unlink(socket).catch(() => undefined);
    },
  };
}

const NAMES = new Map(Object.entries(PROCEDURES).map(([name, { number }]) => [number, name as ProcedureName]));

function attend(stream: Socket, handlersFor: (client: Client) => Handlers, called: Set<ProcedureName>): void {
  const parser = new PacketParser();
  const send = (packet: Partial<Packet>): void => {
    if (stream.writable) stream.write(encodePacket({ ...BLANK, ...packet }));
  };
  const client: Client = {
    send: (name, message) => {
      const event = EVENTS[name];
      send({ type: 'message', procedure: event.number, payload: encodeXdr(event.message as never, message as never) });
    },
  };
  const handlers = handlersFor(client);
  const answer = async ({ procedure, serial, payload }: Packet): Promise<void> => {
    const name = NAMES.get(procedure);
    try {
      if (name === undefined) throw new Refusal(39, `unknown procedure: ${procedure}`, 7);
      called.add(name);
      const { args, result } = PROCEDURES[name];
      const value = await (handlers[name] as (args: unknown, client: Client) => unknown)(decodeXdr(args as never, payload), client);
      send({ procedure, serial, payload: encodeXdr(result as never, value as never) });
    } catch (error) {
      const { code, domain } = error instanceof Refusal ? error : { code: 1, domain: 7 };
      send({ procedure, serial, status: 'error', payload: encodeXdr(remoteError, { ...NO_ERROR, code, domain, message: (error as Error).message }) });
    }
  };
  stream.on('data', (chunk: Buffer) => {
    for (const packet of parser.push(chunk)) {
      if (packet.program === KEEPALIVE_PROGRAM && packet.procedure === KEEPALIVE_PING) {
        send({ program: KEEPALIVE_PROGRAM, version: KEEPALIVE_VERSION, procedure: KEEPALIVE_PONG, type: 'message' });
      } else if (packet.program === REMOTE_PROGRAM && packet.type === 'call') void answer(packet);
    }
  });
}

const BLANK: Packet = { program: REMOTE_PROGRAM, version: REMOTE_VERSION, procedure: 0, type: 'reply', serial: 0, status: 'ok', payload: new Uint8Array() };

const NO_ERROR = {
  level: 2,
  dom: undefined,
  str1: undefined,
  str2: undefined,
  str3: undefined,
  int1: 0,
  int2: 0,
  net: undefined,
};
