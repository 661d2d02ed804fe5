/**
 * Through Cockpit: its bridge on the host asks the server on the unix socket, as root, for somebody who has administrative access there
 * (https://cockpit-project.org/guide/latest/cockpit-http.html).
 */
import { Refusal, unanswered } from './refusal.ts';
import type { Request, Transport } from './transport.ts';

/** Of what `cockpit.js` gives a page, that which is used here. */
export interface Cockpit {
  readonly http: (options: { readonly unix: string; readonly superuser: 'require'; readonly binary: true }) => CockpitHttp;
  readonly user: () => PromiseLike<{ readonly name: string }>;
  /** Loads the page anew when administrative access is switched on or off. */
  readonly permission: (options: { readonly admin: true }) => unknown;
}

interface CockpitHttp {
  readonly request: (request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array | '';
  }) => CockpitRequest;
}

interface CockpitRequest {
  /** Rejects for statuses that are no success too, then with the body as well. */
  readonly then: (onDone: (rest: Uint8Array) => void, onFail: (error: CockpitError, body?: Uint8Array<ArrayBuffer>) => void) => unknown;
  readonly response: (callback: (status: number, headers: Readonly<Record<string, string>>) => void) => unknown;
  readonly stream: (callback: (piece: Uint8Array) => void) => unknown;
  readonly close: (problem: string) => void;
}

interface CockpitError {
  /** A word of Cockpit's protocol, where there was no answer. */
  readonly problem?: string | null;
  readonly message?: string;
}

/** Where hostdev-ui.socket listens. */
const SOCKET = '/run/hostdev/ui.sock';

/** Who sits there, for the journal. It gives no rights: those are the bridge's. */
const USER = 'Hostdev-User';

/** Statuses whose answers have no body, and may be given none. */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** Channels are of bytes: one of text loses letters whose bytes come in two pieces. */
export function byCockpit(cockpit: Cockpit): Transport {
  const http = cockpit.http({ unix: SOCKET, superuser: 'require', binary: true });
  cockpit.permission({ admin: true });
  let user: Promise<string> | undefined;
  const nameOfUser = async (): Promise<string> => encodeURIComponent((await cockpit.user()).name);
  return async (request) => {
    user ??= nameOfUser();
    const name = await user.catch(() => {
      // Cockpit was away; the next request asks again.
      user = undefined;
      return undefined;
    });
    return ask(http, { ...request, headers: { ...request.headers, ...(name === undefined ? {} : { [USER]: name }) } });
  };
}

function ask(http: CockpitHttp, { method, path, headers, body, signal }: Request): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const asked = http.request({ method, path: `/${path}`, headers, body: body === undefined ? '' : new TextEncoder().encode(body) });
    let head: { readonly status: number; readonly headers: Headers } | undefined;
    let streams: ReadableStreamDefaultController<Uint8Array> | undefined;
    const end = (reason?: unknown): void => {
      signal?.removeEventListener('abort', abort);
      if (reason === undefined) streams?.close();
      else streams?.error(reason);
      streams = undefined;
    };
    const abort = (): void => {
      end(signal?.reason);
      reject(signal?.reason as Error);
      asked.close('cancelled');
    };
    signal?.addEventListener('abort', abort);
    const stop = (): void => {
      streams = undefined;
      end();
      asked.close('cancelled');
    };
    asked.response((status, found) => {
      head = { status, headers: new Headers(found) };
      if (status < 200 || status > 299) return;
      const pieces = new ReadableStream<Uint8Array>({ start: (controller) => void (streams = controller), cancel: stop });
      resolve(new Response(WITHOUT_BODY.has(status) ? null : pieces, head));
    });
    asked.stream((piece) => streams?.enqueue(piece));
    asked.then(
      () => end(),
      (error, rest) => {
        const isAnswer = typeof error.problem !== 'string' && head !== undefined;
        const refusal = new Refusal(noAnswer(error));
        end(refusal);
        if (isAnswer) resolve(new Response(WITHOUT_BODY.has(head?.status ?? 0) ? null : (rest ?? null), head));
        else reject(refusal);
      },
    );
  });
}

/** What to do about it, where somebody can do something: the words of Cockpit's protocol, section "Problem codes". */
function noAnswer({ problem, message }: CockpitError): ReturnType<typeof unanswered> {
  switch (problem) {
    case 'access-denied':
      return unanswered('administrative access is off', 'switch it on at the top of Cockpit, where it says “Limited access”');
    case 'not-found':
      return unanswered('nobody serves hostdev here', 'start it as root: systemctl enable --now hostdev-ui.socket');
    case 'not-supported':
      return unanswered('this Cockpit cannot ask a unix socket', 'take a newer one');
    default:
      return unanswered(message ?? problem ?? 'Cockpit gives no reason', 'look into the journal of hostdev-ui.service');
  }
}
