/** A key with a lease, which goes when nobody says any more that its writer is there. */
import { setTimeout as pause } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';
import type { Alive } from '../store/store.ts';
import { type Answer, ANSWER_MS, type Member } from './member.ts';
import type { Members } from './members.ts';
import { faultOf } from './fault.ts';
import { LEASE_GRANT, LEASE_KEEP_ALIVE, LEASE_REVOKE, RANGE, TXN } from './protocol/methods.ts';
import { keyBytes } from './transaction.ts';

interface Life {
  readonly key: string;
  readonly value: Uint8Array;
  readonly seconds: number;
}

interface Lease {
  readonly key: string;
  readonly id: bigint;
  readonly seconds: number;
}

export async function keepAlive(members: Members, { key, value, seconds }: Life, closing: AbortSignal): Promise<Alive> {
  // A lease that was granted and whose answer was lost ends by itself.
  const { id } = await members.askUntilAnswered(LEASE_GRANT, { ttl: BigInt(seconds) });
  await members.askUntilAnswered(TXN, { success: [{ put: { key: keyBytes(key), value, lease: id } }] });
  const ended = new AbortController();
  const stop = AbortSignal.any([ended.signal, closing]);
  return {
    lost: new Promise((resolve) => void beat(members, { key, id, seconds }, { stop, lost: resolve })),
    async end() {
      if (ended.signal.aborted) return;
      ended.abort();
      const answer = await revoke(members, id);
      if (answer.kind === 'refused' && answer.error.code !== 'fleet-refused') throw answer.error;
      if (answer.kind === 'transient') {
        throw new HostdevError('fleet-no-quorum', `whether ${key} was taken away is not known: ${answer.why}`, {
          hint: `it goes by itself after ${seconds} seconds`,
        });
      }
    },
  };
}

/** A lease that is revoked twice is gone all the same. */
async function revoke(members: Members, id: bigint): Promise<Answer<unknown>> {
  const first = await members.sendOnce(LEASE_REVOKE, { id });
  return first.kind === 'transient' ? members.sendOnce(LEASE_REVOKE, { id }) : first;
}

interface Ears {
  readonly stop: AbortSignal;
  readonly lost: (why: string) => void;
}

/** Says every third of the time that we are there, until it is told to stop, or the key is gone. */
async function beat(members: Members, { key, id, seconds }: Lease, { stop, lost }: Ears): Promise<void> {
  let heard = performance.now();
  while (!stop.aborted) {
    await pause((seconds * 1000) / 3, undefined, { signal: stop, ref: false }).catch(() => undefined);
    for (let tried = 0; tried < members.all.length && !stop.aborted; tried += 1) {
      const member = await members.reachable(stop).catch(() => undefined);
      if (member === undefined) break;
      const answer = await renew(member, id, stop);
      if (answer.kind === 'answered' && answer.response <= 0n) return lost('etcd has ended the lease: nothing was heard from here for too long');
      if (answer.kind === 'refused') return lost(answer.error.message);
      if (answer.kind === 'answered') {
        if (await isTaken(member, key, id)) return lost('somebody else has taken the key away, or written it');
        heard = performance.now();
        break;
      }
      members.leave(member);
    }
    // Once etcd can be reached it is known; that it is gone before it is known is possible, too.
    if (performance.now() - heard > DOUBT * seconds * 1000) return lost('etcd could not be reached for longer than the lease lasts');
  }
}

/** Whether the key is there no more as we wrote it; a member that does not say so is asked again with the next beat. */
async function isTaken(member: Member, key: string, id: bigint): Promise<boolean> {
  const answer = await member.ask(RANGE, { key: keyBytes(key) });
  return answer.kind === 'answered' && answer.response.kvs[0]?.lease !== id;
}

/** A leader that was chosen anew lets leases last for their whole time once more. */
const DOUBT = 3;

/** Renews a lease once; gives the seconds that it has. */
function renew(member: Member, id: bigint, stop: AbortSignal): Promise<Answer<bigint>> {
  return new Promise((resolve) => {
    const stream = member.stream(LEASE_KEEP_ALIVE);
    const end = (answer: Answer<bigint>): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', aborted);
      stream.cancel();
      resolve(answer);
    };
    const aborted = (): void => end({ kind: 'transient', why: 'it was given up' });
    const timer = setTimeout(() => end({ kind: 'transient', why: 'no answer in time' }), ANSWER_MS);
    stop.addEventListener('abort', aborted, { once: true });
    stream.on('data', ({ ttl }: { readonly ttl: bigint }) => end({ kind: 'answered', response: ttl }));
    stream.on('error', (error: { readonly code?: number; readonly details?: string }) => end(faultOf({ code: error.code ?? 2, details: error.details ?? '' })));
    stream.on('end', () => end({ kind: 'transient', why: 'the connection ended' }));
    stream.write({ id });
  });
}
