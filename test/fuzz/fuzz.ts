/** A fuzzer's target: what comes in, and what has to hold whatever it is. */
import fc from 'fast-check';
import { HostdevError } from '../../src/errors.ts';

export interface FuzzTarget {
  readonly name: string;
  /** Inputs that the tests take, where a longer look is the business of `npm run fuzz`. */
  readonly glance: number;
  /** Runs it on random input until the bound is reached, and gives how many inputs there were; throws at the first one that does not hold. */
  readonly run: (bound: Bound, seed: number) => Promise<number>;
}

type Bound = { readonly inputs: number } | { readonly milliseconds: number };

/** A single input that takes longer is a failure: on small input nothing may be quadratic, or wait. */
const ONE_INPUT_MS = 20_000;

/** `holds` throws when something does not. What takes long has a smaller `glance`. */
export function fuzzTarget<T>(name: string, input: fc.Arbitrary<T>, holds: (input: T) => Promise<void> | void, glance = 20): FuzzTarget {
  const property = fc.asyncProperty(input, async (value) => {
    const start = performance.now();
    await holds(value);
    const took = performance.now() - start;
    if (took > ONE_INPUT_MS) throw new Error(`it took ${Math.round(took)} ms`);
  });
  return {
    name,
    glance,
    run: async (bound, seed) => {
      const limit =
        'inputs' in bound ? { numRuns: bound.inputs } : { numRuns: 100_000_000, interruptAfterTimeLimit: bound.milliseconds, markInterruptAsFailure: false };
      const found = await fc.check(property, { seed, ...limit });
      if (found.failed) throw new Error(`${name}: does not hold.\n${howToRepeat(seed)}\n${fc.defaultReportMessage(found)}`, { cause: found.errorInstance });
      return found.numRuns;
    },
  };
}

export function howToRepeat(seed: number): string {
  return `to repeat it: HOSTDEV_SEED=${seed} npm run fuzz`;
}

/** What refuses with a word of ours is well; anything else is not. Gives nothing when it was refused. */
export function orRefused<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    requireRefusal(error);
    return undefined;
  }
}

export async function orRejected<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    requireRefusal(error);
    return undefined;
  }
}

function requireRefusal(error: unknown): void {
  if (!(error instanceof HostdevError) || error.code === 'internal' || error.message === '') throw error;
}
