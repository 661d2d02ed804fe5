/** What Vitest's JSON report says about a run that should have had no failure. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Ended } from './enter.ts';

/** Where it is to be, in the checkout. */
export const REPORT = 'report.json';

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    /** Why the file could not be run. */
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string; readonly failureMessages?: readonly string[] }[];
  }[];
}

export interface Outcome {
  readonly files: readonly string[];
  /** Every test that failed, and why. */
  readonly wrong: readonly string[];
}

export function outcomeOf({ stdout, stderr, status }: Ended, checkout: string): Outcome {
  const file = join(checkout, REPORT);
  if (!existsSync(file)) return { files: [], wrong: [`there is no report: ${stdout}${stderr}`] };
  const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const wrong = testResults.flatMap(({ message, assertionResults }) => [
    ...(message === '' ? [] : [message]),
    ...assertionResults
      // What a test cannot run without is missing outside as well, and said there; where a hook failed, its tests are skipped too.
      .filter((each) => each.status === 'failed' || (status !== 0 && each.status !== 'passed'))
      .map(({ fullName, status: word, failureMessages = [] }) => `${fullName}: ${failureMessages[0]?.split('\n    at ')[0] ?? word}`),
  ]);
  if (status !== 0 && wrong.length === 0) wrong.push(`it ended with ${status}: ${stdout}${stderr}`);
  return { files: testResults.map(({ name }) => relative(checkout, name)).sort(), wrong };
}
