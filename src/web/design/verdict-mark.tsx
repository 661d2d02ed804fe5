/** A verdict by shape, colour and word: none of the three is alone in saying it. */
import type { ReactNode } from 'react';
import type { VerdictName } from '../../state/verdict.ts';
import './verdict-mark.css';

/** What a row of the host can be: a verdict, or a slot that is switched off. */
export type Mark = VerdictName | 'standby';

const SHAPES: Readonly<Record<Mark, ReactNode>> = {
  free: <circle cx="6" cy="6" r="5" />,
  'in use': <rect className="filled" x="1" y="1" width="10" height="10" />,
  held: <path className="filled" d="M6 0 12 6 6 12 0 6Z" />,
  unknown: (
    <>
      <rect x="0.5" y="0.5" width="11" height="11" />
      <text x="6" y="10" textAnchor="middle">
        ?
      </text>
    </>
  ),
  'not assignable': <path d="M1 6H11" />,
  standby: <rect className="dashed" x="1" y="1" width="10" height="10" />,
};

export function VerdictMark({ mark }: { readonly mark: Mark }): ReactNode {
  return (
    <span className={`verdict verdict-${mark.replaceAll(' ', '-')}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {SHAPES[mark]}
      </svg>
      {mark}
    </span>
  );
}
