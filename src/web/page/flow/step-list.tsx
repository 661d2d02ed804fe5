/** Steps of an operation with what has become of each. */
import type { ReactNode } from 'react';
import type { Operation } from '../../../server/api/operation.ts';
import { counted } from '../host/count.ts';
import { Told } from './change-list.tsx';
import { stepSeconds } from './operation-words.ts';
import { wordTable } from '../../../word-table.ts';

const SIGNS = wordTable<string>({ waiting: '·', doing: '▶', done: '✓', failed: '✗', undoing: '◀', undone: '↩', left: '!' });

export function StepList({ changes, now }: { readonly changes: Operation['changes']; readonly now: number }): ReactNode {
  return (
    <ol className="changes">
      {changes.map(({ verb, subject, state, steps, undo }, at) => (
        <li key={`${verb} ${subject} ${at}`}>
          <h3>
            {verb} <span className="mono">{subject}</span> <span className={`step-state step-${state}`}>{state}</span>
          </h3>
          <ol className="live-steps">
            {steps.map((step, place) => (
              <li key={`${place} ${step.what}`} className={`step-${step.state}`} aria-current={step.state === 'doing' ? 'step' : undefined}>
                <span className="step-sign" aria-hidden="true">
                  {SIGNS[step.state]}
                </span>
                <span>
                  <Told told={step.what} />
                </span>
                <span>
                  <span className="step-state">{step.state}</span> <span className="faint">{stepSeconds(step, now)}</span>
                </span>
              </li>
            ))}
          </ol>
          {undo.length === 0 ? null : (
            <details>
              <summary>Undone by {counted(undo.length, 'step')}</summary>
              <ol className="change-steps">
                {undo.map((told, place) => (
                  <li key={`${place} ${told}`}>
                    <Told told={told} />
                  </li>
                ))}
              </ol>
            </details>
          )}
        </li>
      ))}
    </ol>
  );
}
