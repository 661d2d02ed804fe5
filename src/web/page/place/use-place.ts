/** The place in the address bar, as React sees it. */
import { useCallback, useMemo, useSyncExternalStore } from 'react';
import { formatPlace, parsePlace, type Place } from './place.ts';

function subscribe(notify: () => void): () => void {
  globalThis.addEventListener('hashchange', notify);
  return () => globalThis.removeEventListener('hashchange', notify);
}

/** `go` is a step that the browser's Back takes back; `refine` is not: letters of a search are no steps. */
export interface Navigation {
  readonly place: Place;
  readonly go: (to: Partial<Place>) => void;
  readonly refine: (to: Partial<Place>) => void;
}

export function usePlace(): Navigation {
  const fragment = useSyncExternalStore(subscribe, () => globalThis.location.hash);
  const place = useMemo(() => parsePlace(fragment), [fragment]);
  const move = useCallback((to: Partial<Place>, how: 'pushState' | 'replaceState') => {
    const next = formatPlace({ ...parsePlace(globalThis.location.hash), ...to });
    if (next === globalThis.location.hash) return;
    globalThis.history[how](null, '', next);
    globalThis.dispatchEvent(new HashChangeEvent('hashchange'));
  }, []);
  const go = useCallback((to: Partial<Place>) => move(to, 'pushState'), [move]);
  const refine = useCallback((to: Partial<Place>) => move(to, 'replaceState'), [move]);
  return useMemo(() => ({ place, go, refine }), [place, go, refine]);
}
