import { describe, expect, it } from 'vitest';
import { howToRepeat } from '../../test/fuzz/fuzz.ts';
import { TARGETS } from '../../test/fuzz/targets.ts';

/** For each target. */
const MILLISECONDS = Number(process.env['HOSTDEV_FUZZ_SECONDS'] ?? 10) * 1000;

describe(`${MILLISECONDS / 1000} s of random input for each of what somebody else may have written`, () => {
  const seed = Number(process.env['HOSTDEV_SEED'] ?? Date.now() % 2 ** 31);
  it.each(TARGETS)('$name', async (target) => {
    const inputs = await target.run({ milliseconds: MILLISECONDS }, seed);
    process.stderr.write(`${target.name}: ${inputs} inputs; ${howToRepeat(seed)}\n`);
    expect(inputs).toBeGreaterThan(0);
  });
});
