/** Changes of a plan with their steps, and what undoes each. */
import type { ReactNode } from 'react';
import type { PlanChange } from '../../../server/api/plan.ts';
import { stepWrites } from './step-words.ts';

export function ChangeList({ changes }: { readonly changes: readonly PlanChange[] }): ReactNode {
  return (
    <ol className="changes">
      {changes.map(({ verb, subject, steps, undo }, at) => (
        <li key={`${verb} ${subject} ${at}`}>
          <h3>
            {verb} <span className="mono">{subject}</span>
          </h3>
          <ol className="change-steps">
            {steps.map(({ what, step }, place) => (
              <li key={`${place} ${what}`}>
                {what}
                <Why why={step.why} what={what} />
                <code className="step-writes">{stepWrites(step)}</code>
              </li>
            ))}
          </ol>
          <details>
            <summary>Undone by {undo.length === 1 ? undo[0]?.what : `${undo.length} steps`}</summary>
            <ol className="change-steps">
              {undo.map(({ what, step }, place) => (
                <li key={`${place} ${what}`}>
                  {what}
                  <code className="step-writes">{stepWrites(step)}</code>
                </li>
              ))}
            </ol>
          </details>
        </li>
      ))}
    </ol>
  );
}

function Why({ why, what }: { readonly why: string; readonly what: string }): ReactNode {
  return why === '' || why === what ? null : <span className="faint"> — {why}</span>;
}
