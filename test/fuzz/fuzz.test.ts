import { describe, expect, it } from 'vitest';
import { TARGETS } from './targets.ts';

/** A glance at each, the same at every run; `npm run fuzz` looks for a minute at each. */
const SEED = 20_261_126;

describe('whatever somebody else has written is read or refused, and nothing else happens', () => {
  it.each(TARGETS)('$name', async (target) => {
    expect(await target.run({ inputs: target.glance }, SEED)).toBe(target.glance);
  });
});
