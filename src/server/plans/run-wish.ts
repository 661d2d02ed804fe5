/** Which use case carries out which wish. */
import { randomUUID } from 'node:crypto';
import { ownMac } from '../../app/guests/pool-attach.ts';
import type { Wish, WishOf, WishVerb } from '../api/wishes.ts';
import type { Transition } from '../../plan/transition.ts';
import type { ServedHost } from '../host.ts';
import { addPorts, attach, attachOfPool, detach, endPool, makePool, swap } from './guest-use-cases.ts';
import { createFunctions, prepare, recover, release, removeFunctions, removeRules, setFunction, slots } from './host-use-cases.ts';
import { applyFile, wishIn } from './file-use-case.ts';
import { undo } from './undo-use-case.ts';
import type { Outcome, Running, UseCase } from './use-case.ts';

const USE_CASES: { readonly [Verb in WishVerb]: UseCase<WishOf<Verb>> } = {
  prepare,
  release,
  attach,
  'attach from pool': attachOfPool,
  detach,
  swap,
  'ports add': addPorts,
  'vf create': createFunctions,
  'vf remove': removeFunctions,
  'vf set': setFunction,
  'slot on': slots,
  'slot off': slots,
  'slot reset': slots,
  'slot reconfigure': slots,
  'persistent remove': removeRules,
  'pool create': makePool,
  'pool remove': endPool,
  apply: applyFile,
  recover,
  undo,
};

/** What operations have done, in the order in which it was done. */
export type DoneBy = (operations: readonly string[]) => readonly Transition[];

/** A wish with what the use case would choose by itself, each time anew: chosen once, the plan that is carried out is the one that was shown. */
export function chosen(wish: Wish, doneBy: DoneBy): Wish {
  if (wish.verb === 'undo') return { ...wish, done: doneBy(wish.operations) } as Wish;
  if (wish.verb === 'attach from pool' && wish.mac === undefined) return { ...wish, mac: ownMac() };
  if (wish.verb === 'apply') return { ...wish, poolUuids: Object.fromEntries(wishIn(wish).pools.map(({ network }) => [network, randomUUID()])) } as Wish;
  return wish.verb === 'pool create' ? ({ ...wish, uuid: randomUUID() } as Wish) : wish;
}

export function runWish(host: ServedHost, wish: Wish, running: Running): Promise<Outcome> {
  return (USE_CASES[wish.verb] as UseCase<Wish>)(host, wish, running);
}
