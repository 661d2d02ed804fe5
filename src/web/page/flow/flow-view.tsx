/** Choose → check → plan → result. Each step has an address of its own, so that a reload finds it. */
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { usePage } from '../context.ts';
import type { Flow } from '../place/place.ts';
import { CheckStep } from './check-step.tsx';
import { ChooseStep } from './choose-step.tsx';
import { OperationStep } from './operation-step.tsx';
import { PlanStep } from './plan-step.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { parseWish } from './kept-wish.ts';
import './flow.css';

/** What reads YAML comes with it. */
const WishFileStep = lazy(() => import('./wish-file-step.tsx'));

const STEPS = [
  ['choose', 'Choose'],
  ['check', 'Check'],
  ['plan', 'Plan'],
  ['operation', 'Result'],
] as const;

export function FlowView({ flow }: { readonly flow: Flow }): ReactNode {
  const { go } = usePage();
  const whole = useRef<HTMLElement>(null);
  const [loaded] = useState(flow);
  // What was pressed has gone with the step before: whoever does not see the page is told of the next one. Not when the page is loaded.
  useEffect(() => {
    if (flow !== loaded) whole.current?.focus();
  }, [flow.step, loaded]);
  const name = STEPS.find(([step]) => step === flow.step)?.[1] ?? '';
  return (
    <section ref={whole} tabIndex={-1} className="flow" aria-label={`Change, step ${name}`}>
      <ol className="flow-steps" aria-label="Steps">
        {STEPS.map(([step, name]) => (
          <li key={step} aria-current={flow.step === step ? 'step' : undefined}>
            {name}
          </li>
        ))}
      </ol>
      <Step flow={flow} />
      <p>
        <button type="button" onClick={() => go({ flow: null })}>
          {flow.step === 'operation' ? 'Leave' : 'Cancel'}
        </button>
      </p>
    </section>
  );
}

function Step({ flow }: { readonly flow: Flow }): ReactNode {
  if (flow.step === 'plan') return <PlanStep key={flow.plan} id={flow.plan} wish={flow.wish} />;
  if (flow.step === 'operation') return <OperationStep key={flow.operation} id={flow.operation} />;
  const draft = parseWish(flow.wish);
  if (draft === null) return <p role="alert">The link asks for nothing that this page knows.</p>;
  if (draft.verb === 'apply') {
    return (
      <Suspense fallback={<Skeleton what="the editor" />}>
        <WishFileStep draft={draft} />
      </Suspense>
    );
  }
  return flow.step === 'choose' ? <ChooseStep draft={draft} /> : <CheckStep draft={draft} />;
}
