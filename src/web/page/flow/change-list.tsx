/** Changes of a plan with their steps, and what undoes each. */
import type { ReactNode } from 'react';
import type { PlanChange } from '../../../server/api/plan.ts';
import { counted } from '../host/count.ts';
import { stepText, whatAndWhy } from './step-words.ts';

export function ChangeList({ changes }: { readonly changes: readonly PlanChange[] }): ReactNode {
  return (
    <ol className="changes">
      {changes.map(({ verb, subject, steps, undo }, at) => (
        <li key={`${at} ${verb} ${subject}`}>
          <h3>
            {verb} <span className="mono">{subject}</span>
          </h3>
          <Steps steps={steps} />
          <details>
            <summary>Undone by {counted(undo.length, 'step')}</summary>
            <Steps steps={undo} />
          </details>
        </li>
      ))}
    </ol>
  );
}

function Steps({ steps }: { readonly steps: PlanChange['steps'] }): ReactNode {
  return (
    <ol className="change-steps">
      {steps.map(({ what, step }, place) => {
        const text = stepText(step);
        return (
          <li key={`${place} ${what}`}>
            <Told told={what} />
            {text === null ? null : <code className="step-text">{text}</code>}
          </li>
        );
      })}
    </ol>
  );
}

/** What is done, and why. */
export function Told({ told }: { readonly told: string }): ReactNode {
  const { what, why } = whatAndWhy(told);
  return (
    <>
      {what}
      {why === '' ? null : <span className="faint"> — {why}</span>}
    </>
  );
}
