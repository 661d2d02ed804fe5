/** One request from its first line to its answer: let in, understood, done. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HostdevError } from '../errors.ts';
import { mismatch } from './api/accept.ts';
import type { Route } from './api/routes.ts';
import { HANDLERS, type Parts } from './handlers.ts';
import { type Answer, refusalOf, sendAnswer, setHeaders } from './http/answer.ts';
import { readJson } from './http/body.ts';
import { type Origins, requireHost, requireOrigin } from './http/origin.ts';
import { isOfApi, matchRoute } from './http/router.ts';
import type { StaticFiles } from './http/static-files.ts';
import { type Caller, requireTab } from './sign-in/sessions.ts';

/** How requests are let in and answered. */
export interface Serving {
  readonly parts: Parts;
  /** Undefined on a unix socket, which no browser reaches by itself. */
  readonly origins: Origins | undefined;
  readonly files: StaticFiles;
  /** How long an answer may lie where nobody takes anything of it. */
  readonly takingMs: number;
  /** Told of bugs. */
  readonly onBug: (error: unknown) => void;
}

/** Answers, whatever happens. */
export async function respond(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  setHeaders(response);
  try {
    const answer = await answerTo(serving, request, response);
    if (answer !== undefined) sendAnswer(request, response, answer);
  } catch (error) {
    if (!(error instanceof HostdevError)) serving.onBug(error);
    if (response.headersSent) response.destroy();
    else sendAnswer(request, response, refusalOf(error));
  }
  // Not before: what is asked for may take longer to be known than to be sent.
  response.setTimeout(serving.takingMs);
}

async function answerTo({ parts, origins, files }: Serving, request: IncomingMessage, response: ServerResponse): Promise<Answer | undefined> {
  if (origins !== undefined) requireHost(origins, request);
  const url = targetOf(request);
  const method = request.method ?? 'GET';
  if (!isOfApi(url.pathname)) return files.send(request, response, url.pathname);
  if (origins !== undefined) requireOrigin(origins, request);
  const { name, route, parts: data } = matchRoute(method, url.pathname);
  const caller = letIn(parts, route, request);
  const body = route.body === undefined ? undefined : accepted(route.body, await readJson(request, route));
  return HANDLERS[name](parts, { request, response, parts: data, query: url.searchParams, body, caller });
}

/** Whoever has not signed in gets in where nobody has to be. */
const NOBODY: Caller = { by: '', from: '', openTab: () => '', isTab: () => false, isSignedIn: () => false };

function letIn({ signIn, host }: Parts, { open, method, changesNothing }: Route, request: IncomingMessage): Caller {
  if (open === true) return NOBODY;
  const caller = signIn.callerOf(request);
  if (method === 'GET') return caller;
  requireTab(caller, request);
  // A plan changes nothing, and whoever may only look sees by it what a change would be.
  if (host.readOnly && changesNothing !== true) {
    throw new HostdevError('read-only', 'nothing can be changed through this server', { hint: 'it was started with --read-only; the plan has the command' });
  }
  return caller;
}

function accepted(shape: Parameters<typeof mismatch>[0], body: unknown): unknown {
  const found = mismatch(shape, body);
  if (found === undefined) return body;
  throw new HostdevError('request-malformed', `${found.at === '' ? 'the body' : found.at} ${found.what}`, { hint: '/api/v1/openapi.json says what is taken' });
}

/** @throws {HostdevError} `request-malformed`. */
function targetOf({ url = '/' }: IncomingMessage): URL {
  // Only its path counts: what is asked for is always here.
  const target = url.startsWith('/') && !url.startsWith('//') ? parsed(`http://here${url}`) : null;
  if (target !== null) return target;
  throw new HostdevError('request-malformed', 'the request has an address that cannot be read');
}

function parsed(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}
