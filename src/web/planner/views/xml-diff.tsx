/** What libvirt would add to the definition, as a unified diff; the result to copy. */
import { structuredPatch } from 'diff';
import type { ReactNode } from 'react';
import type { NamedText } from '../model/definition.ts';
import { Copy } from './copy.tsx';

export function XmlDiff({ before: { name, text }, after }: { readonly before: NamedText; readonly after: string }): ReactNode {
  if (after === text) return <p>Nothing to add: every address, controller and id is written down already.</p>;
  return (
    <>
      <Copy label="Copy the expanded definition" text={after} />
      <Hunks name={name} before={text} after={after} />
    </>
  );
}

const CLASSES: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed' };

function Hunks({ name, before, after }: { readonly name: string; readonly before: string; readonly after: string }): ReactNode {
  const { hunks } = structuredPatch(name, name, before, after, undefined, undefined, { context: 3 });
  return (
    <pre className="diff">
      {hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => (
        <code key={oldStart}>
          <span className="hunk">{`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n`}</span>
          {lines.map((line, i) => (
            // A hunk never changes but as a whole: its lines have no names but their numbers.
            // oxlint-disable-next-line react/no-array-index-key
            <span key={i} className={CLASSES[line[0] ?? '']}>{`${line}\n`}</span>
          ))}
        </code>
      ))}
    </pre>
  );
}
