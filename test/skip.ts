/** Parts of the tests that cannot run on a machine: skipped with the reason in writing, or failing where they are required. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { describe, it } from 'vitest';

/** Where the reasons are collected for the end of the run. */
const SKIPPED = 'build/skipped.txt';

/**
 * What a machine lacks, empty when nothing; `excused` is what nobody can require of it, because it is not to be had for anybody: skipped
 * even where everything is required.
 */
export type Reason = string | { readonly excused: string };

/** `describe`, or its skipped form when there is a reason. */
export function describeUnless(why: Reason, name: string, body: () => void): void {
  if (why === '') {
    describe(name, body);
    return;
  }
  const reason = typeof why === 'string' ? why : why.excused;
  if (typeof why === 'string' && process.env['HOSTDEV_REQUIRE_LAB'] === '1') {
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
