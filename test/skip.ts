/** Parts of the tests that cannot run on a machine: skipped with the reason in writing, or failing where they are required. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { describe, it } from 'vitest';

/** Where the reasons are collected for the end of the run. */
const SKIPPED = 'build/skipped.txt';

/** `describe`, or its skipped form when there is a reason. */
export function describeUnless(reason: string, name: string, body: () => void): void {
  if (reason === '') {
    describe(name, body);
    return;
  }
  if (process.env['HOSTDEV_REQUIRE_LAB'] === '1') {
    describe(name, () => {
      it('can run on this machine', () => {
        throw new Error(reason);
      });
    });
    return;
  }
  mkdirSync('build', { recursive: true });
  appendFileSync(SKIPPED, `${name}: ${reason}\n`);
  describe.skip(`${name} (${reason})`, body);
}
