/** The server of the page, from listening to closing. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { HostdevError } from '../errors.ts';
import { HEARTBEAT_MS } from './api/events.ts';
import type { ServedFleet } from './fleet/served-fleet.ts';
import type { ServedHost } from './host.ts';
import { refusal } from './http/answer.ts';
import { atOnce } from './http/at-once.ts';
import { staticFiles } from './http/static-files.ts';
import { streams } from './http/streams.ts';
import { isLoopback, type ListenAddress } from './listen/address.ts';
import { ownOrigins } from './listen/own-names.ts';
import { fileOfSocket, isOfRootAlone } from './listen/root-alone.ts';
import { impossible, listenForOwner, makeRoom } from './listen/unix-socket.ts';
import { liveHost } from './live/live-host.ts';
import { messages } from './live/messages.ts';
import type { PaceMs } from './live/pace.ts';
import { operations } from './operations/operations.ts';
import { telling } from './operations/telling.ts';
import { plans } from './plans/plans.ts';
import { respond, type Serving } from './respond.ts';
import type { Password } from './sign-in/password.ts';
import { signInOfBrowsers, signInOfSocket } from './sign-in/sign-in.ts';
import { uptime } from './sign-in/uptime.ts';

export interface ServeOptions {
  readonly listen: ListenAddress;
  /** The files of the page. */
  readonly webDirectory?: string | undefined;
  /** Certificate and key, PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer } | undefined;
  readonly password?: Password | undefined;
  /** Who runs the server. */
  readonly user: string;
  /** Told of bugs. */
  readonly onBug: (error: unknown) => void;
  /** How often the host is looked at. */
  readonly pace?: PaceMs | undefined;
  /** How time goes for sessions and streams; as it does when missing. */
  readonly clock?: Clock | undefined;
}

interface Clock {
  readonly now: () => number;
  /** Between two signs of life in a stream. */
  readonly heartbeatMs: number;
  /** Whoever takes nothing of an answer for that long is cut off. Longer than a heartbeat: a stream that is read is never quiet for so long. */
  readonly takingMs: number;
}

const CLOCK: Clock = { now: uptime, heartbeatMs: HEARTBEAT_MS, takingMs: 60_000 };

export interface RunningServer {
  /** What a browser opens, with the token behind #; undefined on a unix socket. */
  readonly link: string | undefined;
  /** Where it listens: `127.0.0.1:7788`, or a path. */
  readonly where: string;
  /** Stops listening; what had begun is undone or ended first. */
  readonly close: () => Promise<void>;
}

/** What nobody needs longer, or more of. Node ends what does not keep to them, and `refuseClient` says so. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;

/** Of requests that read the host, and of those that read its fleet: at once, and waiting for that. */
const READS = 8;
const READS_WAITING = 128;

/** Streams, and what is asked besides. */
const MOST_CONNECTIONS = 512;

/**
 * Starts the server.
 *
 * @throws {HostdevError} `listen-unsafe`, `listen-impossible`.
 */
export async function serve(host: ServedHost, options: ServeOptions): Promise<RunningServer> {
  const { listen, tls, password, clock: { now, heartbeatMs, takingMs } = CLOCK } = options;
  requireSafe(options);
  const files = await staticFiles(options.webDirectory);
  let serving: Serving | undefined;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    // Whoever is faster than us is answered by the next one.
    if (serving === undefined) response.destroy();
    else respond(serving, request, response).catch(options.onBug);
  };
  const server = tls === undefined ? createServer(LIMITS, onRequest) : tlsServer(tls, onRequest);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('clientError', refuseClient);
  await listening(server, listen);
  // Of a connection that could not be accepted, where the kernel is out of something: without a listener it would end us in the middle of a change.
  server.on('error', options.onBug);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : undefined;
  if (listen.kind === 'systemd' && typeof address === 'object' && address !== null) {
    // What systemd has opened is known now.
    const known = { ...options, listen: { kind: 'tcp', host: address.address, port: address.port, isLoopback: isLoopback(address.address) } } as const;
    try {
      requireSafe(known);
    } catch (error) {
      server.close();
      throw error;
    }
  }
  const origins = port === undefined ? undefined : ownOrigins({ listen, bound: address as AddressInfo, certificate: tls?.cert });
  const socket = fileOfSocket(listen);
  const signIn =
    port === undefined
      ? signInOfSocket({ user: options.user, isOfRootAlone: () => isOfRootAlone(socket) })
      : signInOfBrowsers({ port, isSecure: tls !== undefined, user: options.user, password, now });
  const told = messages();
  const live = liveHost(host, told, { onBug: options.onBug, pace: options.pace });
  const running = operations(host, {
    onChange: telling((operation) => told.publish({ kind: 'patch', patches: [{ of: 'operations', key: operation.id, value: operation }] })),
    onForgotten: (id) => told.publish({ kind: 'patch', patches: [{ of: 'operations', key: id, value: null }] }),
    onEnd: () => live.fresh(),
    onBug: options.onBug,
  });
  const open = streams();
  const made = plans(host, { functionsNow: async () => (await live.current()).functions, doneBy: running.doneBy });
  let fleet: Promise<ServedFleet> | undefined;
  const loadFleet = async (): Promise<ServedFleet> => (await import('./fleet/served-fleet.ts')).servedFleet(host);
  const fleetOnce = (): Promise<ServedFleet> => {
    fleet ??= loadFleet().catch((error: unknown) => {
      // Whoever asks next tries again, and there is nothing to close.
      fleet = undefined;
      throw error;
    });
    return fleet;
  };
  serving = {
    parts: {
      fleet: fleetOnce,
      host,
      signIn,
      live,
      messages: told,
      streams: open,
      plans: made,
      operations: running,
      heartbeatMs,
      reads: atOnce(READS, READS_WAITING),
      fleetReads: atOnce(READS, READS_WAITING),
    },
    origins,
    files,
    takingMs,
    onBug: options.onBug,
  };
  // Whoever opens the page finds what there is.
  live.fresh().catch(() => undefined);
  const [name] = origins?.hosts ?? [];
  return {
    link: name === undefined ? undefined : `${origins?.scheme}://${name}/${signIn.token === undefined ? '' : `#token=${signIn.token.text}`}`,
    where: name ?? (listen.kind === 'unix' ? listen.path : 'a socket of systemd'),
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await running.close();
      open.close();
      await live.close();
      await (await fleet?.catch(() => undefined))?.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

const HANDSHAKE_MS = 10_000;

/** @throws {HostdevError} `listen-impossible` for a certificate and a key that are none, or none of each other. */
function tlsServer(tls: NonNullable<ServeOptions['tls']>, onRequest: (request: IncomingMessage, response: ServerResponse) => void): Server {
  try {
    return createTlsServer({ ...LIMITS, ...tls, handshakeTimeout: HANDSHAKE_MS }, onRequest);
  } catch (cause) {
    throw impossible('TLS', `certificate and key cannot be used: ${(cause as Error).message}`, 'give a certificate and its key, both as PEM', cause);
  }
}

/** @throws {HostdevError} `listen-unsafe`. */
function requireSafe({ listen, tls, password }: ServeOptions): void {
  if (listen.kind !== 'tcp' || listen.isLoopback || (tls !== undefined && password !== undefined)) return;
  const missing = [tls === undefined ? 'TLS' : undefined, password === undefined ? 'a password' : undefined].filter((each) => each !== undefined).join(' and ');
  throw new HostdevError('listen-unsafe', `${listen.host} is not this machine alone, and ${missing} ${missing.includes(' and ') ? 'are' : 'is'} missing`, {
    subject: listen.host,
    hint: 'listen on 127.0.0.1 and come by ssh -L; or give --tls-cert, --tls-key and --password-file',
  });
}

async function listening(server: Server, listen: ListenAddress): Promise<void> {
  if (listen.kind === 'unix') await makeRoom(listen.path);
  let refuse: (cause: NodeJS.ErrnoException) => void = () => undefined;
  await new Promise<void>((resolve, reject) => {
    refuse = (cause) => reject(cannotListen(listen, cause));
    server.once('error', refuse);
    if (listen.kind === 'unix') listenForOwner(server, listen.path, resolve);
    else if (listen.kind === 'systemd') server.listen({ fd: listen.fd }, resolve);
    else server.listen(listen.port, listen.host, resolve);
  });
  server.off('error', refuse);
}

function cannotListen(listen: ListenAddress, cause: NodeJS.ErrnoException): HostdevError {
  const where = listen.kind === 'tcp' ? `${listen.host}:${listen.port}` : listen.kind === 'unix' ? listen.path : 'the socket of systemd';
  return impossible(where, `the server cannot listen on ${where}: ${cause.message}`, 'name another address with --listen, as 127.0.0.1:0 for any port', cause);
}

/** For what we say last to be read: whoever does not hang up then is cut off. */
const HANG_UP_MS = 1000;

/** What Node itself refuses: it has no answer of its own but a line. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || socket.bytesWritten > 0) return void socket.destroy();
  const { status, body } = refusal(clientError(error));
  const text = JSON.stringify(body);
  const head = [`HTTP/1.1 ${status} Refused`, 'Content-Type: application/problem+json', `Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close'];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
  const timer = setTimeout(() => socket.destroy(), HANG_UP_MS);
  socket.once('close', () => clearTimeout(timer));
}

function clientError({ code }: NodeJS.ErrnoException): HostdevError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HostdevError('request-too-large', `the headers are longer than ${LIMITS.maxHeaderSize} bytes`);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new HostdevError('request-too-slow', 'the request did not come in time');
    default:
      return new HostdevError('request-malformed', 'that is no HTTP');
  }
}
