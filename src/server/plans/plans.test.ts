import { describe, expect, it } from 'vitest';
import type { Problem } from '../../errors.ts';
import type { Plan } from '../api/plan.ts';
import type { Wish } from '../api/wishes.ts';
import { hashOfPlan } from './plan-changes.ts';
import { requireSamePlan } from './plans.ts';

const WISH: Wish = { verb: 'prepare', functions: ['0000:06:00.0'], force: true };
const loss = (message: string): Problem => ({ code: 'function-in-use', severity: 'warning', subject: '0000:06:00.0', message });
const KEPT = { plan: { hash: hashOfPlan(WISH, [], []), losses: [loss('/srv is lost')] } as unknown as Plan, wish: WISH, changes: [] };

describe('a plan that somebody has agreed to', () => {
  it.each([
    ['the same is lost', [loss('/srv is lost')]],
    ['less is lost', []],
  ])('is carried out where %s', (_, losses) => expect(() => requireSamePlan(KEPT, { changes: [], later: [], losses })).not.toThrow());

  it('is stale where something else is to be planned later', () => {
    const later = [{ what: 'web has virtual function 0 of 02:00.0', why: '0000:02:00.0 has its virtual functions' }];
    expect(() => requireSamePlan(KEPT, { changes: [], later, losses: [] })).toThrow(/has changed since the plan was made/);
  });

  it('is stale where by the same steps more would be lost, which is named', () => {
    let error: unknown;
    try {
      requireSamePlan(KEPT, { changes: [], later: [], losses: [loss('/srv is lost'), loss('/home is lost')] });
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'plan-stale', others: [{ message: '/home is lost' }] });
  });
});
