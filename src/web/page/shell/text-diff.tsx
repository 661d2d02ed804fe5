import type { ReactNode } from 'react';
import { DiffHunks, hunksOf } from '../../design/diff-hunks.tsx';

export function TextDiff({ before, after, label }: { readonly before: string; readonly after: string; readonly label: string }): ReactNode {
  const hunks = hunksOf(before, after);
  if (hunks.length === 0) return <p className="faint">No line differs.</p>;
  return (
    <pre className="scroll code" tabIndex={0} aria-label={label}>
      <DiffHunks hunks={hunks} heading={({ newStart }) => <span className="faint">{`@@ line ${newStart} @@\n`}</span>} />
    </pre>
  );
}
