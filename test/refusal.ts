/** What refuses: for tests of what is refused, and in which words. */
import { HostdevError, type Problem } from '../src/errors.ts';

/** What an act is refused with; undefined where it is not. Whatever else is thrown is thrown on. */
export function refusalOf(act: () => unknown): Problem | undefined {
  try {
    act();
  } catch (error) {
    if (error instanceof HostdevError) return error.toProblem();
    throw error;
  }
  return undefined;
}

/** A problem in one line: `option-conflict 0000:01:00.0: what is wrong (what to do)`. */
export function problemWords({ code, subject, message, hint }: Problem): string {
  return `${code} ${subject}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
}

/** What an act is refused with, in one line. */
export function refusal(act: () => unknown): string | undefined {
  const problem = refusalOf(act);
  return problem === undefined ? undefined : problemWords(problem);
}
