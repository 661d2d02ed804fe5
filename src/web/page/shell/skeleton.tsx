/** What is shown before there is anything to show, and only when that takes longer than people notice. */
import { type ReactNode, useEffect, useState } from 'react';

const NOTICED_MS = 300;

export function Skeleton({ what }: { readonly what: string }): ReactNode {
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), NOTICED_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!isShown) return null;
  return (
    <div className="skeleton" role="status">
      <p>Reading {what}…</p>
      {[0, 1, 2, 3, 4, 5].map((line) => (
        <div key={line} className="skeleton-line" />
      ))}
    </div>
  );
}
