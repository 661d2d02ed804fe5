/** The page of a machine in memory as `hostdev ui` serves it, and somebody who asks its API. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../../src/cli/machine.ts';
import { main } from '../../src/cli/main.ts';
import { captureIo } from '../../test/capture.ts';

interface ApiReply {
  readonly status: number;
  readonly text: string;
  readonly json: <T = Record<string, unknown>>() => T;
}

export interface ServedPage {
  /** Signed in. */
  readonly ask: (method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>) => Promise<ApiReply>;
  /** As anybody may ask who reaches the port. */
  readonly askAsStranger: (path: string) => Promise<ApiReply>;
  /** All that the API has answered so far, and all that the command has printed but its link. */
  readonly told: () => string;
  readonly end: () => Promise<void>;
}

/** How a command of hostdev goes on until it is ended, as Ctrl-C ends it. */
export function startCommand(words: readonly string[], machine: Machine): { readonly printed: () => string; readonly end: () => Promise<number> } {
  const { io, stdout, stderr } = captureIo('', machine);
  const stop = new AbortController();
  const ended = main(words, { ...io, catchSignals: () => stop.signal });
  return {
    printed: () => `${stdout()}${stderr()}`,
    end: async () => {
      stop.abort();
      return ended;
    },
  };
}

const START_MS = 30_000;
const LOOK_MS = 20;

/** What the command prints once it listens. */
async function linkOf(printed: () => string): Promise<string> {
  for (const last = Date.now() + START_MS; Date.now() < last; await sleep(LOOK_MS)) {
    const [link] = /http:\S+/.exec(printed()) ?? [];
    if (link !== undefined) return link;
  }
  throw new Error(`hostdev ui has printed no link: ${printed()}`);
}

export async function servePage(machine: Machine, ...words: readonly string[]): Promise<ServedPage> {
  const command = startCommand(['ui', ...words], machine);
  const link = await linkOf(command.printed);
  const told: string[] = [];
  const { origin, hash } = new URL(link);
  const request = async (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: object,
  ): Promise<ApiReply & { readonly cookie: string }> => {
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${origin}/api/v1${path}`, { method, headers: { 'Content-Type': 'application/json', ...headers }, ...sent });
    const text = await answer.text();
    return { status: answer.status, text, json: () => JSON.parse(text) as never, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  const signedIn = await request('POST', '/session', {}, { token: hash.replace('#token=', '') });
  const session = { Cookie: signedIn.cookie, 'Hostdev-Tab': signedIn.json<{ tab: string }>().tab };
  const heard = async (asked: Promise<ApiReply>): Promise<ApiReply> => {
    const reply = await asked;
    told.push(reply.text);
    return reply;
  };
  return {
    ask: (method, path, body, headers = {}) => heard(request(method, path, { ...session, ...headers }, body)),
    askAsStranger: (path) => heard(request('GET', path, {})),
    told: () => `${told.join('\n')}\n${command.printed().replace(link, '')}`,
    end: async () => void (await command.end()),
  };
}
