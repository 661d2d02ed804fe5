/** What has just changed is marked for a while, and stays where it is. */
import { useEffect, useState } from 'react';

const MARKED_MS = 5000;

export function useMarks(changed: ReadonlySet<string>): ReadonlySet<string> {
  const [over, setOver] = useState<ReadonlySet<string> | null>(null);
  useEffect(() => {
    if (changed.size === 0) return undefined;
    const timer = setTimeout(() => setOver(changed), MARKED_MS);
    return () => clearTimeout(timer);
  }, [changed]);
  return over === changed ? NONE : changed;
}

const NONE: ReadonlySet<string> = new Set();
