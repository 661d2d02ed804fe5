/** Two texts as hunks of a unified diff: what comes and what goes is told by sign and by colour. */
import { structuredPatch, type StructuredPatchHunk } from 'diff';
import type { ReactNode } from 'react';
import { wordTable } from '../../word-table.ts';
import './diff-hunks.css';

const CLASSES = wordTable<string>({ '+': 'line-added', '-': 'line-removed' });
const CONTEXT = { context: 3 };

export function hunksOf(before: string, after: string): readonly StructuredPatchHunk[] {
  return structuredPatch('', '', before, after, undefined, undefined, CONTEXT).hunks;
}

interface DiffHunksProps {
  readonly hunks: readonly StructuredPatchHunk[];
  /** What stands above a hunk. */
  readonly heading: (hunk: StructuredPatchHunk) => ReactNode;
}

export function DiffHunks({ hunks, heading }: DiffHunksProps): ReactNode {
  return hunks.map((hunk) => (
    <code key={`${hunk.oldStart} ${hunk.newStart}`}>
      {heading(hunk)}
      {hunk.lines.map((line, at) => (
        <span key={`${at} ${line}`} className={CLASSES[line[0] ?? '']}>{`${line}\n`}</span>
      ))}
    </code>
  ));
}
