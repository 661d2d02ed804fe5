import { describe, expect, it } from 'vitest';
import { PLANTED, type Planted } from '../../lab/fleet/actors/planted.ts';
import { checkHistory, formatConviction } from '../../lab/fleet/checker/check.ts';
import { formatEvent } from '../../lab/fleet/history/event.ts';
import { simulate } from '../../lab/fleet/simulation/simulate.ts';

/** Within so many rounds each bug has to be found. */
const ROUNDS = 5;
const SCENE = { claimers: 60, turns: 3 };

describe('claimers and hosts that lose answers, are stopped and killed', () => {
  it.each(['commands', 'own'] as const)(`keep the promise in ${ROUNDS} rounds, claiming in the way of: %s`, async (way) => {
    const happened = new Set<string>();
    for (let seed = 1; seed <= ROUNDS; seed += 1) {
      const recorded = await simulate({ seed, ...SCENE, way });
      expect(checkHistory(recorded).map(formatConviction), `seed ${seed}`).toEqual([]);
      for (const event of recorded.events) happened.add(event.kind === 'answered' ? event.outcome : event.kind);
    }
    // What is judged has to have happened.
    const needed = ['done', 'refused', 'unclear', 'holds', 'gave up', 'released', 'attached', 'detached', 'killed', 'stopped', 'continued', 'nobody needs'];
    expect([...happened]).toEqual(expect.arrayContaining(needed));
  });

  it('do the same for the same seed, however long a record takes to be unpacked', async () => {
    const wish = { seed: 7, ...SCENE, claimers: 30, way: 'commands' } as const;
    const [one, two] = [await simulate(wish), await simulate(wish)];
    expect(two.events.map(formatEvent)).toEqual(one.events.map(formatEvent));
  });

  it.each(Object.entries(PLANTED) as [Planted, string][])(`are convicted of "%s" within ${ROUNDS} rounds, by name: %s`, async (planted, rule) => {
    const rules: string[] = [];
    for (let seed = 1; seed <= ROUNDS && !rules.includes(rule); seed += 1) {
      rules.push(...checkHistory(await simulate({ seed, ...SCENE, way: planted })).map((each) => each.rule));
    }
    expect(rules).toContain(rule);
  });
});
