/** One member of an etcd, as gRPC reaches it. */
import { Client, type ClientDuplexStream, connectivityState, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { type Identity, identityCheck } from './certificate.ts';
import type { Endpoint } from './endpoint.ts';
import { faultOf, type Fault } from './fault.ts';
import type { Method } from './protocol/methods.ts';

/** What is longer than the longest answer is none: as many values as a transaction compares. */
const ANSWER_LIMIT = 40 * 1024 * 1024;
/** etcd's own limit for requests is 1.5 MiB. */
const REQUEST_LIMIT = 2 * 1024 * 1024;
/** Long enough for a leader that writes to a slow disk; a new one is there after two seconds. */
export const ANSWER_MS = 2500;
const CONNECT_MS = 1500;

/** A member that is silent is noticed; etcd ends connections that are asked more often than every five seconds. Source: --grpc-keepalive-min-time. */
const CHANNEL = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 3000,
  'grpc.max_receive_message_length': ANSWER_LIMIT,
  'grpc.max_send_message_length': REQUEST_LIMIT,
  // What is tried again, and when, is decided here.
  'grpc.enable_retries': 0,
  'grpc.initial_reconnect_backoff_ms': 200,
  'grpc.max_reconnect_backoff_ms': 2000,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.service_config_disable_resolution': 1,
  // A proxy for web pages is none for the fleet.
  'grpc.enable_http_proxy': 0,
} as const;

export type Answer<T> = { readonly kind: 'answered'; readonly response: T } | Fault;

export type Stream<Request, Response> = ClientDuplexStream<Request, Response>;

/** Whether there is a connection: there is, one is still being made, or none can be made now. */
type Readiness = 'ready' | 'connecting' | 'down';

export interface Member {
  readonly endpoint: Endpoint;
  /** Whether there is a connection, or one within a moment. Until there is, nothing is sent. */
  readonly ready: (signal?: AbortSignal) => Promise<Readiness>;
  /** Sends a request once. */
  readonly ask: <Request, Response>(method: Method<Request, Response>, request: Request, signal?: AbortSignal) => Promise<Answer<Response>>;
  readonly stream: <Request, Response>(method: Method<Request, Response>) => Stream<Request, Response>;
  readonly close: () => void;
}

export function memberAt(endpoint: Endpoint, identity: Identity): Member {
  const client = new Client(targetOf(endpoint), credentials.createFromSecureContext(identity.context, { checkServerIdentity: identityCheck(endpoint) }), {
    ...CHANNEL,
    // Addresses that are numbers are no names for TLS; the certificate is held against the address all the same.
    ...(endpoint.named ? {} : { 'grpc.ssl_target_name_override': 'etcd' }),
  });
  return {
    endpoint,
    ready: (signal) => readinessOf(client.getChannel(), signal),
    ask: (method, request, signal) =>
      new Promise((resolve) => {
        const done = (error: ServiceError | null, response?: ResponseOf<typeof method>): void => {
          signal?.removeEventListener('abort', cancel);
          if (error === null && response !== undefined) resolve({ kind: 'answered', response });
          else resolve(faultOf(error ?? { code: 2, details: 'an answer without anything in it' }));
        };
        const call = client.makeUnaryRequest(
          method.path,
          encoderOf(method),
          decoderOf(method),
          request,
          leaderRequired(),
          { deadline: Date.now() + ANSWER_MS },
          done,
        );
        const cancel = (): void => call.cancel();
        signal?.addEventListener('abort', cancel, { once: true });
      }),
    stream(method) {
      const stream = client.makeBidiStreamRequest(method.path, encoderOf(method), decoderOf(method), leaderRequired());
      // Whoever reads it hears of it; who has left it already does not want to.
      stream.on('error', () => undefined);
      return stream;
    },
    close: () => client.close(),
  };
}

/**
 * Waits for a connection. One that was tried and failed just now is none; one that failed before is being made anew, and is waited for.
 */
async function readinessOf(channel: Channel, signal: AbortSignal | undefined): Promise<Readiness> {
  const deadline = Date.now() + CONNECT_MS;
  let state = channel.getConnectivityState(true);
  while (state !== connectivityState.READY) {
    if (!(await changes(channel, { from: state, deadline }, signal))) return state === connectivityState.CONNECTING ? 'connecting' : 'down';
    const next = channel.getConnectivityState(true);
    if (next === connectivityState.TRANSIENT_FAILURE && state !== next) return 'down';
    state = next;
  }
  return 'ready';
}

type Channel = ReturnType<Client['getChannel']>;

interface Change {
  readonly from: connectivityState;
  readonly deadline: number;
}

function changes(channel: Channel, { from, deadline }: Change, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const given = (): void => resolve(false);
    if (signal?.aborted === true) return given();
    signal?.addEventListener('abort', given, { once: true });
    channel.watchConnectivityState(from, deadline, (error) => {
      signal?.removeEventListener('abort', given);
      resolve(error === undefined);
    });
  });
}

type ResponseOf<M> = M extends Method<never, infer Response> ? Response : never;

const encoderOf =
  <Request>(method: Method<Request, unknown>) =>
  (request: Request): Buffer =>
    Buffer.from(method.request.encode(request));

const decoderOf =
  <Response>(method: Method<never, Response>) =>
  (bytes: Buffer): Response =>
    method.response.decode(bytes);

/** A member that is cut off from the majority says so, instead of being silent. Source: etcd's client guide on `hasleader`. */
function leaderRequired(): Metadata {
  const metadata = new Metadata();
  metadata.set('hasleader', 'true');
  return metadata;
}

function targetOf({ host, port, named }: Endpoint): string {
  if (named) return `dns:${host}:${port}`;
  return host.includes(':') ? `ipv6:[${host}]:${port}` : `ipv4:${host}:${port}`;
}
