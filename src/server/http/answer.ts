/** What the server answers, and how it is written. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { wordTable } from '../../word-table.ts';
import { ERROR_CODES, HostdevError, httpStatus } from '../../errors.ts';
import { jsonProblem } from '../../json/contract/envelope.ts';
import { PROBLEM_TYPE, type ProblemDetails } from '../api/problem-details.ts';
import type { PlanChange } from '../api/plan.ts';

/** An answer with a body of JSON, or without one. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The strictest policy under which the page works: nothing but its own files, nobody may frame it, no form may go anywhere. Nothing that is answered
 * is anybody's to keep.
 */
const HEADERS = wordTable({
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
});

/** Headers that every answer has. */
export function setHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
}

/** Writes an answer; where the request was not read to its end, the connection ends with it. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, { status, body, headers = {} }: Answer): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!request.complete) response.setHeader('Connection', 'close');
  response.statusCode = status;
  if (body === undefined) return void response.end();
  const text = Buffer.from(JSON.stringify(body));
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', text.length);
  response.end(request.method === 'HEAD' ? undefined : text);
}

/** A refusal as RFC 9457 has it. */
export function refusal(error: HostdevError): Answer {
  const status = httpStatus(error.code);
  const [first, ...others] = [error.toProblem(), ...error.others, ...(error.aftermath?.problems ?? [])].map(jsonProblem);
  const { evidence, forcible, difference, headers } = error.details;
  const body: ProblemDetails = {
    type: `urn:hostdev:problem:${error.code}`,
    title: ERROR_CODES[error.code][1],
    status,
    detail: error.message,
    code: error.code,
    subject: error.subject ?? null,
    hint: error.hint ?? null,
    location: first?.location ?? null,
    problems: first === undefined ? [] : [first, ...others],
    evidence: Array.isArray(evidence) ? evidence.map(String) : [],
    forcible: forcible === true,
    difference: (difference as { before: PlanChange[]; now: PlanChange[] } | undefined) ?? null,
  };
  return { status, body, headers: { ...(headers as Record<string, string> | undefined), 'Content-Type': PROBLEM_TYPE } };
}

/** The same of anything that was thrown: what is no refusal is a bug, whose text is for the log and not for who asks. */
export function refusalOf(error: unknown): Answer {
  if (error instanceof HostdevError) return refusal(error);
  return refusal(new HostdevError('internal', 'the server has a bug; its log says more', { hint: 'please report it' }));
}
