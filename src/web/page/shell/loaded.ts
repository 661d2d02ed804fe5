/** Something that is asked of the server for one view, asked again when what it depends on has changed. */
import { useEffect, useState } from 'react';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { detailsOf, isUnanswered } from '../connection/refusal.ts';
import { usePage } from '../context.ts';

export type Loaded<T> = { readonly is: 'loading' } | { readonly is: 'there'; readonly value: T } | { readonly is: 'refused'; readonly details: ProblemDetails };

interface Found<T> {
  readonly key: string;
  readonly loaded: Loaded<T>;
  /** Whether the last answer did not arrive. */
  readonly isUnanswered: boolean;
}

/**
 * What was there stays until the new one is; `key` names what is asked for, `version` is any value that changes with it. What was not answered is asked
 * for again when the connection is back.
 */
export function useLoaded<T>(key: string, version: unknown, ask: () => Promise<T>): Loaded<T> {
  const isLive = usePage().known.link.is === 'live';
  const [found, setFound] = useState<Found<T>>({ key, loaded: { is: 'loading' }, isUnanswered: false });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (isLive && found.isUnanswered) setAttempt((count) => count + 1);
    // Only when it comes back: what fails although the connection is there would fail again.
  }, [isLive]);
  useEffect(() => {
    let isCurrent = true;
    const put = (next: (before: Found<T>) => Found<T>): void => {
      if (isCurrent) setFound(next);
    };
    ask().then(
      (value) => put(() => ({ key, loaded: { is: 'there', value }, isUnanswered: false })),
      (error: unknown) => put((before) => withRefusal(before, key, detailsOf(error))),
    );
    return () => {
      isCurrent = false;
    };
    // `ask` is made anew at each rendering; what it asks for is told by key and version.
  }, [key, version, attempt]);
  return found.key === key ? found.loaded : { is: 'loading' };
}

function withRefusal<T>(before: Found<T>, key: string, details: ProblemDetails): Found<T> {
  const isLost = isUnanswered(details);
  const isThere = before.key === key && before.loaded.is === 'there';
  return { key, loaded: isLost && isThere ? before.loaded : { is: 'refused', details }, isUnanswered: isLost };
}
