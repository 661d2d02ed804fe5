/** Parts of the tests that cannot run on a machine: skipped with the reason in writing, or failing where they are required. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { describe, it } from 'vitest';

/** Where the reasons are collected for the end of the run. */
const SKIPPED = 'build/skipped.txt';

/** Why a part cannot run; it can when there are no words. */
export interface Reason {
  readonly words: string;
  /** Nobody here can mend it: the part is skipped even where it is required. */
  readonly isExcused: boolean;
}

/** `describe`, or its skipped form when there is a reason. */
export function describeUnless(reason: string | Reason, name: string, body: () => void): void {
  const { words, isExcused } = typeof reason === 'string' ? { words: reason, isExcused: false } : reason;
  if (words === '') {
    describe(name, body);
    return;
  }
  if (process.env['HOSTDEV_REQUIRE_LAB'] === '1' && !isExcused) {
    describe(name, () => {
      it('can run on this machine', () => {
        throw new Error(words);
      });
    });
    return;
  }
  mkdirSync('build', { recursive: true });
  appendFileSync(SKIPPED, `${name}: ${words}\n`);
  describe.skip(`${name} (${words.split('\n')[0]})`, body);
}
