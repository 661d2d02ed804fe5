/** Reading what was sent: JSON, no more than a limit, in time. */
import type { IncomingMessage } from 'node:http';
import { HostdevError } from '../../errors.ts';

/** What is asked for has some names; the largest has a list of functions. */
const LIMIT = 64 * 1024;

/** Whoever sends that little has it at once. */
const TIME_MS = 10_000;

interface Bounds {
  readonly timeMs?: number;
  /** How many bytes there may be of what has such a verb. */
  readonly longest?: Readonly<Record<string, number>>;
}

/** @throws {HostdevError} `request-malformed`, `request-too-large`, `request-too-slow`. */
export async function readJson(request: IncomingMessage, { timeMs = TIME_MS, longest = {} }: Bounds = {}): Promise<unknown> {
  const limit = Math.max(LIMIT, ...Object.values(longest));
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  // Forms of other sites cannot send this type without asking first.
  if (type !== 'application/json') throw malformed(`the body is ${type ?? 'of no type'}, not application/json`);
  if (request.headers['content-encoding'] !== undefined) throw malformed('the body is compressed', 'send it as it is');
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const bytes = await readBytes(request, { limit, timeMs });
  const body = parse(bytes);
  if (bytes.length > LIMIT && bytes.length > longestOf(body, longest)) throw tooLarge(LIMIT);
  return body;
}

function longestOf(body: unknown, longest: Readonly<Record<string, number>>): number {
  const verb = typeof body === 'object' && body !== null && 'verb' in body ? body.verb : undefined;
  return typeof verb === 'string' && Object.hasOwn(longest, verb) ? (longest[verb] ?? LIMIT) : LIMIT;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw malformed(`the body is no JSON: ${(cause as Error).message}`);
  }
}

function readBytes(request: IncomingMessage, { limit, timeMs }: { readonly limit: number; readonly timeMs: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: HostdevError): void => {
      clearTimeout(timer);
      request.pause();
      reject(error);
    };
    const timer = setTimeout(() => fail(new HostdevError('request-too-slow', `the body did not come within ${timeMs / 1000} s`)), timeMs);
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) return fail(tooLarge(limit));
      chunks.push(chunk);
    });
    request.on('end', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
    request.on('error', () => fail(malformed('the body ended in the middle')));
    request.on('close', () => fail(malformed('the body ended in the middle')));
  });
}

function tooLarge(limit: number): HostdevError {
  return new HostdevError('request-too-large', `the body is longer than ${limit} bytes`);
}

function malformed(message: string, hint?: string): HostdevError {
  return new HostdevError('request-malformed', message, { hint: hint ?? '/api/v1/openapi.json says what is taken' });
}
