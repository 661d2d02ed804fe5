/** Refusals of several things at once: one run tells them all. */
import { HostdevError, type Problem } from '../errors.ts';

/**
 * Does the same for each, one beside the other.
 *
 * @throws {HostdevError} what was refused, of all of them; whatever else is thrown, as it is.
 */
export async function refusingTogether<T, R>(each: readonly T[], act: (one: T) => Promise<R>): Promise<R[]> {
  const outcomes = await Promise.allSettled(each.map(act));
  const errors = outcomes.flatMap((outcome): unknown[] => (outcome.status === 'rejected' ? [outcome.reason] : []));
  const [first] = errors;
  if (first !== undefined) throw allOf(first, errors.slice(1));
  return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

function allOf(first: unknown, rest: readonly unknown[]): unknown {
  const bug = [first, ...rest].find((error) => !(error instanceof HostdevError));
  if (bug !== undefined || !(first instanceof HostdevError) || rest.length === 0) return bug ?? first;
  const others = rest.flatMap((error): Problem[] => (error instanceof HostdevError ? [error.toProblem(), ...error.others] : []));
  return new HostdevError(first.code, first.message, { ...first, cause: first.cause, others: [...first.others, ...others] });
}
