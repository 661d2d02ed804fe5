/** Something that is asked of the server for one view, asked again when what it depends on has changed. */
import { useEffect, useState } from 'react';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { detailsOf } from '../connection/refusal.ts';

export type Loaded<T> = { readonly is: 'loading' } | { readonly is: 'there'; readonly value: T } | { readonly is: 'refused'; readonly details: ProblemDetails };

/** What was there stays until the new one is; `key` names what is asked for, `version` is any value that changes with it. */
export function useLoaded<T>(key: string, version: unknown, ask: () => Promise<T>): Loaded<T> {
  const [found, setFound] = useState<{ readonly key: string; readonly loaded: Loaded<T> }>({ key, loaded: { is: 'loading' } });
  useEffect(() => {
    let isCurrent = true;
    const put = (loaded: Loaded<T>): void => {
      if (isCurrent) setFound({ key, loaded });
    };
    ask().then(
      (value) => put({ is: 'there', value }),
      (error: unknown) => put({ is: 'refused', details: detailsOf(error) }),
    );
    return () => {
      isCurrent = false;
    };
    // `ask` is made anew at each rendering; what it asks for is told by key and version.
  }, [key, version]);
  return found.key === key ? found.loaded : { is: 'loading' };
}
