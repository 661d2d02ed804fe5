/** What is done for a wish on the host: each change with its steps and what undoes it, and what is planned later. */
import type { ReactNode } from 'react';
import type { Change } from '../../../plan/change.ts';
import { formatStep } from '../../../plan/step.ts';
import { AS_WISHED, differsFromWish, laterWords, wishedChangeWords } from '../../../plan/wish-plan.ts';
import type { WishLook } from '../model/wish-look.ts';
import { ProblemList } from './problem-list.tsx';

interface WishPlanProps {
  readonly look: WishLook;
  readonly onOpen: (line: number, column: number) => void;
}

export function WishPlan({ look: { applied, problems }, onOpen }: WishPlanProps): ReactNode {
  if (applied === undefined) {
    return (
      <p>
        A wish is planned on a snapshot of its host, and none is given. Make one there with <code>hostdev snapshot &gt; host.json</code> and drop it here, or
        choose an example.
      </p>
    );
  }
  const { plan } = applied;
  if (plan === undefined) {
    return (
      <>
        <p>This is refused, and nothing of it would be done:</p>
        <ProblemList problems={problems} onOpen={onOpen} />
      </>
    );
  }
  const { changes, later, todo } = plan;
  return (
    <>
      {differsFromWish(plan) ? null : <p>{AS_WISHED}</p>}
      {changes.map((change, at) => (
        <WishedChange key={`${at} ${wishedChangeWords(change)}`} change={change} />
      ))}
      <Lines title="Planned later" lines={later.map(laterWords)} />
      <Lines title="Left for you" lines={[...new Set(todo)]} />
    </>
  );
}

function WishedChange({ change }: { readonly change: Change }): ReactNode {
  const words = wishedChangeWords(change);
  return (
    <section className="start" aria-label={words}>
      <h3>{words}</h3>
      <Steps steps={change.steps.map(formatStep)} />
      {change.undo.length === 0 ? null : (
        <details>
          <summary>If a later step fails</summary>
          <Steps steps={change.undo.map(formatStep)} />
        </details>
      )}
    </section>
  );
}

function Steps({ steps }: { readonly steps: readonly string[] }): ReactNode {
  return (
    <ol className="mono host-steps">
      {steps.map((step, at) => (
        <li key={`${at} ${step}`}>{step}</li>
      ))}
    </ol>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <>
      <h2>{title}</h2>
      <ul className="host-steps">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
