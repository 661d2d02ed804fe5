/** A place on loopback that leads to a member, and what can happen on the way there. */
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

export interface Relay {
  readonly url: string;
  /** Ends all connections there are, and so many that are made after that, each soon after it began to speak. */
  readonly cut: (more: number) => void;
  /** What the client says from now on never arrives; the connection ends a moment after it. */
  readonly loseRequest: () => void;
  /** What the server says from now on never arrives; the connection ends when it has had the time to do what it was asked for. */
  readonly loseAnswer: () => void;
  /** What the client says first waits until it is let go; the rest, and what comes back, is lost. */
  readonly holdRequests: () => () => Promise<void>;
  /** Nobody comes through until it is let in again. */
  readonly shut: () => () => void;
  readonly end: () => Promise<void>;
}

/** Time for a transaction on a busy machine. */
const DONE_MS = 1000;
/** A request has been said whole by then. */
const HELD_MS = 1000;
/** So much of an answer comes through before a connection is cut again: the handshake, and what is said first. */
const CUT_AFTER_MS = [0, 15, 40, 90, 160] as const;

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export async function startRelay(target: NetConnectOpts): Promise<Relay> {
  const pairs = new Set<Pair>();
  let cutNext = 0;
  let isShut = false;
  let request: 'pass' | 'lose' | Buffer[] = 'pass';
  let heldSince = 0;
  let answer: 'pass' | 'lose' = 'pass';
  const endAll = (): void => {
    for (const { client, server } of pairs) {
      client.destroy();
      server.destroy();
    }
  };

  const listener = createServer((client) => {
    if (isShut) return void client.destroy();
    const server = connect(target);
    const pair = { client, server };
    pairs.add(pair);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        pairs.delete(pair);
        // What is held back arrives although its client has gone.
        if (one === server || !Array.isArray(request)) other.destroy();
      });
    }
    client.on('data', (chunk: Buffer) => {
      if (Array.isArray(request)) hold(request, chunk);
      else if (request === 'lose') afterwards(50);
      else {
        server.write(chunk);
        if (answer === 'lose') afterwards(DONE_MS);
      }
    });
    server.on('data', (chunk: Buffer) => {
      if (answer === 'pass' && !Array.isArray(request)) client.write(chunk);
      if (cutNext > 0) {
        cutNext -= 1;
        setTimeout(() => client.destroy(), CUT_AFTER_MS[cutNext % CUT_AFTER_MS.length]);
      }
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));

  /** That a client gave up, which it says later, never arrives. */
  function hold(held: Buffer[], chunk: Buffer): void {
    heldSince = held.length === 0 ? performance.now() : heldSince;
    if (performance.now() - heldSince < HELD_MS) held.push(chunk);
  }

  let ending: NodeJS.Timeout | undefined;
  function afterwards(ms: number): void {
    ending ??= setTimeout(() => {
      ending = undefined;
      [request, answer] = ['pass', 'pass'];
      endAll();
    }, ms);
  }

  return {
    url: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    cut(more) {
      cutNext = more;
      endAll();
    },
    loseRequest: () => void (request = 'lose'),
    loseAnswer: () => void (answer = 'lose'),
    holdRequests() {
      const held: Buffer[] = [];
      const servers = [...pairs].map(({ server }) => server);
      request = held;
      return async () => {
        request = 'pass';
        for (const server of servers) server.write(Buffer.concat(held));
        await new Promise((resolve) => setTimeout(resolve, DONE_MS));
        endAll();
        for (const server of servers) server.destroy();
      };
    },
    shut() {
      isShut = true;
      endAll();
      return () => void (isShut = false);
    },
    async end() {
      isShut = true;
      endAll();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
