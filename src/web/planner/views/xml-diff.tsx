/** What libvirt would add to the definition, as a unified diff; the result to copy. */
import type { ReactNode } from 'react';
import { CopyButton } from '../../design/copy-button.tsx';
import { DiffHunks, hunksOf } from '../../design/diff-hunks.tsx';

export function XmlDiff({ before, after }: { readonly before: string; readonly after: string }): ReactNode {
  if (after === before) return <p>Nothing to add: every address, controller and id is written down already.</p>;
  return (
    <>
      <p>
        <CopyButton label="Copy the expanded definition" text={after} />
      </p>
      <pre className="diff">
        <DiffHunks
          hunks={hunksOf(before, after)}
          heading={({ oldStart, oldLines, newStart, newLines }) => <span className="hunk">{`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n`}</span>}
        />
      </pre>
    </>
  );
}
