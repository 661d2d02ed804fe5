import { describe, expect, it } from 'vitest';
import { claimOf, publishedOf } from '../../../test/fleet/fleet-records.ts';
import { CLAIM_STATES, type ClaimState } from './records.ts';
import { type Hand, type NextState, transition, transitionProblem } from './transition.ts';

/** All steps that there are, by whose hand; every other one is refused. */
const ALLOWED: Readonly<Record<ClaimState, readonly string[]>> = {
  claimed: ['host attaching', 'host attached', 'host lost', 'claimer free', 'host free', 'fence free'],
  attaching: ['host attached', 'host claimed', 'host lost', 'host stuck', 'host free', 'fence free'],
  attached: ['host releasing', 'host claimed', 'host lost', 'host stuck', 'fence free'],
  releasing: ['host attached', 'host claimed', 'host lost', 'host stuck', 'host free', 'fence free'],
  lost: ['host claimed', 'host attached', 'host stuck', 'claimer free', 'host free', 'fence free'],
  stuck: ['host claimed', 'host attached', 'host lost', 'host free', 'fence free'],
};
const HANDS: readonly Hand[] = ['claimer', 'host', 'fence'];
const NEXT: readonly NextState[] = [...CLAIM_STATES, 'free'];

describe.each(CLAIM_STATES)('a claim that is %s', (state) => {
  const kept = claimOf(publishedOf(0), { state });

  it.each(HANDS.flatMap((hand) => NEXT.map((to) => [hand, to, ALLOWED[state].includes(`${hand} ${to}`)] as const)))(
    'goes by a %s to %s: %s',
    (hand, to, may) => {
      const step = { to, hand, host: 'kvm1' };
      expect(transitionProblem(kept, step)?.code).toBe(may ? undefined : 'claim-state');
      if (!may) expect(() => transition([kept], step)).toThrow(expect.objectContaining({ code: 'claim-state' }));
      if (!may) return;
      const { compares, operations } = transition([kept], step);
      expect(compares).toEqual([
        { kind: 'created', key: kept.key, revision: 20n },
        { kind: 'modified', key: kept.key, revision: 21n },
      ]);
      expect(operations).toEqual([to === 'free' ? { kind: 'delete', key: kept.key } : expect.objectContaining({ kind: 'put', key: kept.key })]);
    },
  );
});

describe('steps of claims', () => {
  const attached = claimOf(publishedOf(0), { state: 'attached' });
  const claimed = claimOf(publishedOf(1));

  it('are of the claim’s host only: on IBM Z several hosts see one function', () => {
    expect(transitionProblem(claimed, { to: 'attaching', hand: 'host', host: 'kvm2' })).toMatchObject({ code: 'claim-state', hint: 'do it on kvm1' });
    expect(transitionProblem(claimed, { to: 'attaching', hand: 'host' })?.message).toContain('not for this host');
  });

  it('of what is attached say that it has to be detached first, and where', () => {
    expect(transitionProblem(attached, { to: 'free', hand: 'claimer' })).toMatchObject({
      message: 'kvm1 0000:3b:00.0 is claimed: guest web on kvm1 (attached), for alice since 2026-11-26T09:00:00Z',
      hint: expect.stringContaining('hostdev detach web 0000:3b:00.0') as unknown,
    });
  });

  it('of what is stuck are for recover', () => {
    expect(transitionProblem(claimOf(publishedOf(0), { state: 'stuck' }), { to: 'free', hand: 'claimer' })?.hint).toContain("'hostdev recover' on kvm1");
  });

  it('of claims that go together are all in one transaction, or refused together', () => {
    expect(transition([claimed, claimOf(publishedOf(2))], { to: 'free', hand: 'claimer' }).operations).toHaveLength(2);
    expect(() => transition([claimed, attached], { to: 'free', hand: 'claimer' })).toThrow(expect.objectContaining({ subject: attached.record.function }));
  });

  it('write why where there is a reason, and take it away where there is none any more', () => {
    const written = (why?: string): unknown => {
      const [operation] = transition([claimOf(publishedOf(0), { state: 'lost', why: 'the card is gone' })], {
        to: 'claimed',
        hand: 'host',
        host: 'kvm1',
        ...(why === undefined ? {} : { why }),
      }).operations;
      return operation?.kind === 'put' ? (JSON.parse(new TextDecoder().decode(operation.value)) as { readonly why: unknown }).why : 'deleted';
    };
    expect([written(), written('found again')]).toEqual([null, 'found again']);
  });

  it.each([
    ['attached', 'releasing', 'foreign'],
    ['releasing', 'attached', 'foreign'],
    ['releasing', 'claimed', null],
  ] as const)('of what was only found, from %s to %s, say: %s', (state, to, why) => {
    const [operation] = transition([claimOf(publishedOf(0), { state, why: 'foreign' })], { to, hand: 'host', host: 'kvm1' }).operations;
    expect(JSON.parse(new TextDecoder().decode(operation?.kind === 'put' ? operation.value : undefined))).toMatchObject({ state: to, why });
  });
});
