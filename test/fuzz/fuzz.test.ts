import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostdevError } from '../../src/errors.ts';
import { fuzzTarget, orRefused } from './fuzz.ts';
import { TARGETS } from './targets.ts';

/** A glance at each, the same at every run; `npm run fuzz` looks for a minute at each. */
const SEED = 20_261_126;

describe('whatever somebody else has written is read or refused, and nothing else happens', () => {
  it.each(TARGETS)('$name', async (target) => {
    expect(await target.run({ inputs: target.glance }, SEED)).toBe(target.glance);
  });
});

describe('a target', () => {
  const small = fuzzTarget('numbers', fc.nat(), (n) => {
    if (n > 10) throw new TypeError('too large');
  });

  it('that does not hold tells the smallest input, and how to repeat it', async () => {
    await expect(small.run({ inputs: 1000 }, 7)).rejects.toThrow(/numbers[\s\S]*HOSTDEV_SEED=7 npm run fuzz[\s\S]*Counterexample: \[11\]/);
  });

  it('ends when its time is over', async () => {
    const start = performance.now();
    expect(await fuzzTarget('nothing', fc.nat(), () => undefined).run({ milliseconds: 50 }, 1)).toBeGreaterThan(0);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('may be refused with a word of ours, and with nothing else', () => {
    const refuse = (error: Error) => (): never => {
      throw error;
    };
    expect(orRefused(refuse(new HostdevError('xml-malformed', 'no')))).toBe(undefined);
    expect(() => orRefused(refuse(new HostdevError('internal', 'no')))).toThrow('no');
    expect(() => orRefused(refuse(new TypeError('x is not a function')))).toThrow(TypeError);
  });
});
