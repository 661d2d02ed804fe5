/**
 * Watching a prefix, over lost connections too. Where to go on is known by what was told: etcd's "created" has the revision of now, although what was
 * missed comes after it, so it says nothing of that.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';
import type { WatchEvent } from '../store/store.ts';
import { faultOf } from './fault.ts';
import type { Member, Stream } from './member.ts';
import type { Members } from './members.ts';
import { STATUS, WATCH } from './protocol/methods.ts';
import { DELETED, type WatchRequest, type WatchResponse } from './protocol/watch.ts';
import type { Message } from './protocol/protobuf.ts';
import { endOfPrefix, entryOf, keyBytes } from './transaction.ts';
import { isAtLeast } from './version.ts';

type Request = typeof WatchRequest extends Message<infer In, unknown> ? In : never;
type Response = typeof WatchResponse extends Message<never, infer Out> ? Out : never;

/** After so much silence a member is asked how far it is; and left when it does not say. */
const SILENCE_MS = 4000;
const AGAIN_MS = { least: 100, most: 2000 } as const;

export async function* watchPrefix(members: Members, prefix: string, from: bigint, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  let position = from;
  for (let failures = 0; !signal.aborted; failures += 1) {
    if (failures > 0) await pause(Math.min(AGAIN_MS.least * 2 ** (failures - 1), AGAIN_MS.most), undefined, { signal }).catch(() => undefined);
    const member = await members.reachable(signal);
    if (member === undefined) continue;
    for await (const event of watchAt(member, { prefix, from: position }, signal)) {
      // What is told twice after a lost connection is told once.
      if (event.revision < position || (event.revision === position && event.kind === 'progress')) continue;
      failures = 0;
      if (event.kind === 'compacted') {
        yield event;
        return;
      }
      position = event.revision;
      yield event;
      if (signal.aborted) return;
    }
    if (!signal.aborted) members.leave(member);
  }
}

/** What one member tells until the connection is lost. */
async function* watchAt(member: Member, { prefix, from }: { readonly prefix: string; readonly from: bigint }, signal: AbortSignal): AsyncGenerator<WatchEvent> {
  const status = await member.ask(STATUS, {}, signal);
  if (status.kind !== 'answered') return;
  const trusted = progressIsInOrder(status.response.version);
  const stream = member.stream(WATCH);
  const stop = (): void => stream.cancel();
  signal.addEventListener('abort', stop, { once: true });
  try {
    stream.write({ create: { key: keyBytes(prefix), rangeEnd: endOfPrefix(prefix), startRevision: from + 1n, progressNotify: true, fragment: true } });
    let held: WatchEvent[] = [];
    for await (const response of responses(stream)) {
      if (response.canceled) {
        const end = endOf(response);
        if (end !== undefined) yield end;
        return;
      }
      if (response.events.length === 0) {
        const progress = progressOf(response, trusted);
        if (progress !== undefined && held.length === 0) yield progress;
        continue;
      }
      const events = [...held, ...response.events.flatMap(eventOf)];
      // Of the last revision of a part there may be more in the next one; where the connection is lost between them it is told anew, whole.
      const last = events.at(-1)?.revision;
      held = response.fragment ? events.filter(({ revision }) => revision === last) : [];
      yield* held.length === 0 ? events : events.slice(0, -held.length);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stream.cancel();
  }
}

/** Messages until the stream ends, for whatever reason; silence is one. */
async function* responses(stream: Stream<Request, Response>): AsyncGenerator<Response> {
  const messages = stream[Symbol.asyncIterator]() as AsyncIterator<Response>;
  let asked = false;
  let coming = next(messages);
  for (;;) {
    const found = await Promise.race([coming, pause(SILENCE_MS, 'silent' as const, { ref: false })]);
    if (found === 'silent') {
      if (asked) {
        // What it says after that is nobody's.
        coming.catch(() => undefined);
        return;
      }
      asked = true;
      stream.write({ progress: {} });
      continue;
    }
    if (found === undefined) return;
    asked = false;
    yield found;
    coming = next(messages);
  }
}

/** @throws HostdevError where asking again would bring the same refusal */
async function next(messages: AsyncIterator<Response>): Promise<Response | undefined> {
  try {
    const { done, value } = await messages.next();
    return done === true ? undefined : value;
  } catch (error) {
    const { code, details } = error as { readonly code?: unknown; readonly details?: unknown };
    if (typeof code !== 'number' || typeof details !== 'string') throw error;
    const fault = faultOf({ code, details });
    if (fault.kind === 'refused') throw fault.error;
    return undefined;
  }
}

/** Why etcd ended a watch: it has forgotten what was between, or something that passes, or we may not. */
function endOf({ compactRevision, cancelReason }: Response): WatchEvent | undefined {
  if (compactRevision > 0n) return { kind: 'compacted', revision: compactRevision };
  if (cancelReason.includes('permission denied')) {
    throw new HostdevError('fleet-denied', 'etcd does not allow that prefix to be watched', {
      hint: "'etcdctl user get NAME' shows the roles of a certificate",
    });
  }
  return undefined;
}

function eventOf({ type, kv }: Response['events'][number]): WatchEvent[] {
  if (kv === undefined) return [];
  const entry = entryOf(kv);
  return [type === DELETED ? { kind: 'delete', key: entry.key, revision: entry.modified } : { kind: 'put', entry, revision: entry.modified }];
}

/** Of a watch of its own etcd says how far it is when all was told; asked for, it says so of all watches of the stream, by no watch's number. */
function progressOf({ created, watchId, header }: Response, trusted: boolean): WatchEvent | undefined {
  if (created || header === undefined) return undefined;
  return watchId >= 0n || trusted ? { kind: 'progress', revision: header.revision } : undefined;
}

/** Before these etcd could answer while events were still on their way. Source: etcd issue 15220, changelogs of 3.4.25 and 3.5.8. */
function progressIsInOrder(version: string): boolean {
  return isAtLeast(version, [3, 5, 8]) || (version.startsWith('3.4.') && isAtLeast(version, [3, 4, 25]));
}
