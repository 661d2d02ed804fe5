/** Collecting refusals: all of a definition's problems come out in one run, each once. */
import { HostdevError, type Problem } from '../errors.ts';

export interface ProblemList {
  readonly add: (problem: Problem) => void;
  readonly all: () => readonly Problem[];
  /** Whether anything was refused. */
  readonly hasErrors: () => boolean;
}

export function makeProblemList(): ProblemList {
  const found = new Map<string, Problem>();
  return {
    add: (problem) => {
      // The trial pass and the final one meet the same obstacle.
      const key = `${problem.code} ${problem.message} ${problem.location?.line}:${problem.location?.column}`;
      if (!found.has(key)) found.set(key, problem);
    },
    all: () => [...found.values()],
    hasErrors: () => [...found.values()].some((problem) => problem.severity === 'error'),
  };
}

/** Does something; a refusal becomes a problem, and the result undefined. */
export function collect<T>(problems: ProblemList, act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof HostdevError)) throw error;
    problems.add(error.toProblem());
    return undefined;
  }
}

/** Orders problems as they stand in the text; those without position come first. */
export function byPlace(a: Problem, b: Problem): number {
  return (a.location?.line ?? 0) - (b.location?.line ?? 0) || (a.location?.column ?? 0) - (b.location?.column ?? 0);
}

/** A problem of a text that nobody has as a file: its lines would help nobody. */
export function withoutPosition(problem: Problem): Problem {
  const { location: _, ...others } = problem;
  return others;
}

/** The problems that are not among those known: what was wrong before is no news. The same one stands on another line when something was added before it. */
export function notAmong(problems: readonly Problem[], known: readonly Problem[]): Problem[] {
  const keyOf = ({ code, message }: Problem): string => `${code} ${message}`;
  const keys = new Set(known.map(keyOf));
  return problems.filter((problem) => !keys.has(keyOf(problem)));
}

/** What is wrong with a definition as a whole has no place in it: then it is about the file. */
export function ofFile(problem: Problem, file: string): Problem {
  return problem.location === undefined && problem.subject === undefined ? { ...problem, subject: file } : problem;
}
