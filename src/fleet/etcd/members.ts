/** The members of an etcd, one of which is asked; where it does not answer, the next. */
import { setTimeout as pause } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';
import type { Answer, Member } from './member.ts';
import type { Method } from './protocol/methods.ts';

/** How long an answer to what changes nothing is looked for: a new leader is chosen within it. */
const SEARCH_MS = 8000;
const BETWEEN_ROUNDS_MS = 250;

export interface Members {
  /** Asks for what changes nothing, or may happen twice without harm, of one member after the other until one answers. */
  readonly askUntilAnswered: <Request, Response>(method: Method<Request, Response>, request: Request, signal?: AbortSignal) => Promise<Response>;
  /** Sends what may change something once, to the first member that can be reached and has a leader. */
  readonly sendOnce: <Request, Response>(method: Method<Request, Response>, request: Request, signal?: AbortSignal) => Promise<Answer<Response>>;
  /** A member that can be reached, from the one that was used last; undefined where none can be. */
  readonly reachable: (signal?: AbortSignal) => Promise<Member | undefined>;
  /** The next one is asked from now on, unless that has happened already. */
  readonly leave: (member: Member) => void;
  readonly all: readonly Member[];
  readonly close: () => void;
}

/** @param explain why none of them can be reached */
export function membersOf(all: readonly Member[], explain: () => Promise<HostdevError>): Members {
  let used = 0;
  let closed = false;
  const at = (index: number): Member => {
    const member = all[index % all.length];
    if (member === undefined || closed) throw new HostdevError('fleet-unreachable', 'the store of the fleet is closed');
    return member;
  };

  async function reachable(signal?: AbortSignal): Promise<Member | undefined> {
    // One that is still being made is waited for: the first connection of a machine that has just started, or is busy, may take seconds.
    let isConnecting = true;
    for (const began = performance.now(); isConnecting && performance.now() - began < SEARCH_MS; ) {
      isConnecting = false;
      for (let tried = 0; tried < all.length; tried += 1) {
        if (signal?.aborted === true) return undefined;
        const member = at(used);
        const readiness = await member.ready(signal);
        if (readiness === 'ready') return member;
        if (readiness === 'connecting') isConnecting = true;
        leave(member);
      }
    }
    return undefined;
  }

  function leave(member: Member): void {
    if (all[used] === member) used = (used + 1) % all.length;
  }

  async function askUntilAnswered<Request, Response>(method: Method<Request, Response>, request: Request, signal?: AbortSignal): Promise<Response> {
    let why: string | undefined;
    const began = performance.now();
    for (let tried = 1; performance.now() - began < SEARCH_MS; tried += 1) {
      const member = await reachable(signal);
      ensureWanted(signal);
      if (member === undefined) break;
      const answer = await member.ask(method, request, signal);
      if (answer.kind === 'answered') return answer.response;
      ensureWanted(signal);
      if (answer.kind === 'refused') throw answer.error;
      why = `${member.endpoint.url}: ${answer.why}`;
      leave(member);
      if (tried % all.length === 0) await pause(BETWEEN_ROUNDS_MS);
    }
    if (why === undefined) throw await explain();
    throw new HostdevError('fleet-no-quorum', `the etcd does not answer: ${why}`, {
      hint: "look with 'etcdctl endpoint status --cluster'; the majority of its members has to run, and to reach each other",
    });
  }

  async function sendOnce<Request, Response>(method: Method<Request, Response>, request: Request, signal?: AbortSignal): Promise<Answer<Response>> {
    const began = performance.now();
    for (;;) {
      const member = await reachable(signal);
      ensureWanted(signal);
      if (member === undefined) throw await explain();
      const answer = await member.ask(method, request, signal);
      if (answer.kind !== 'transient') return answer;
      leave(member);
      // Who is told that something is unclear sends it again: not at once, or the times that it does so are over before a leader is chosen.
      await pause(BETWEEN_ROUNDS_MS);
      if (answer.untouched && signal?.aborted !== true && performance.now() - began < SEARCH_MS) continue;
      return { ...answer, why: `${member.endpoint.url}: ${answer.why}` };
    }
  }

  return {
    askUntilAnswered,
    sendOnce,
    reachable,
    leave,
    all,
    close() {
      closed = true;
      for (const member of all) member.close();
    },
  };
}

function ensureWanted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new HostdevError('interrupted', 'the question to the etcd was given up');
}
