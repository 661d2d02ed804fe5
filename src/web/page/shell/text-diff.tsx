/** Two texts as a unified diff: what comes and what goes is told by sign and by colour. */
import { structuredPatch } from 'diff';
import type { ReactNode } from 'react';
import './text-diff.css';

const CLASSES: Readonly<Record<string, string>> = { '+': 'line-added', '-': 'line-removed' };

export function TextDiff({ before, after, label }: { readonly before: string; readonly after: string; readonly label: string }): ReactNode {
  const { hunks } = structuredPatch('', '', before, after, undefined, undefined, { context: 3 });
  if (hunks.length === 0) return <p className="faint">No line differs.</p>;
  return (
    <pre className="scroll code" tabIndex={0} aria-label={label}>
      {hunks.map(({ oldStart, newStart, lines }) => (
        <code key={`${oldStart} ${newStart}`}>
          <span className="faint">{`@@ line ${newStart} @@\n`}</span>
          {lines.map((line, at) => (
            <span key={`${at} ${line}`} className={CLASSES[line[0] ?? '']}>{`${line}\n`}</span>
          ))}
        </code>
      ))}
    </pre>
  );
}
