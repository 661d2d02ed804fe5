/** Parts of the tests that cannot run on a machine: skipped with the reason in writing, or failing where they are required. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { describe, it } from 'vitest';

/** Where the reasons are collected for the end of the run. */
const SKIPPED = 'build/skipped.txt';

/**
 * What a machine lacks, empty when nothing: skipped, but a failure where everything is required. `excused` is what nobody can require of it,
 * because it is not to be had for anybody: skipped even there. `broken` is what should have worked: always a failure.
 */
export type Reason = string | { readonly excused: string } | { readonly broken: string };

/** `describe`, or its skipped form when there is a reason. */
export function describeUnless(why: Reason, name: string, body: () => void): void {
  if (why === '') {
    describe(name, body);
    return;
  }
  const reason = wordsOf(why);
  const isRequired = typeof why === 'string' && process.env['HOSTDEV_REQUIRE_LAB'] === '1';
  if (isRequired || (typeof why !== 'string' && 'broken' in why)) {
    describe(name, () => {
      it('can run on this machine', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  mkdirSync('build', { recursive: true });
  appendFileSync(SKIPPED, `${name}: ${reason}\n`);
  describe.skip(`${name} (${reason.split('\n')[0]})`, body);
}

/** A reason in words; empty when there is none. */
export function wordsOf(reason: Reason): string {
  if (typeof reason === 'string') return reason;
  return 'broken' in reason ? reason.broken : reason.excused;
}
