/** Carrying a plan out, once. An answer that is lost on its way leaves open whether it was begun: the operations say so, and asking again is the same one. */
import { useEffect, useState } from 'react';
import type { Operation } from '../../../server/api/operation.ts';
import type { Plan } from '../../../server/api/plan.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { detailsOf, unanswered } from '../connection/refusal.ts';
import { usePage } from '../context.ts';

export interface Applying {
  readonly apply: () => Promise<void>;
  readonly isApplying: boolean;
  /** Why it was not carried out, or that nobody knows. */
  readonly refusal: ProblemDetails | null;
  /** The operation that the plan has become, whoever began it. */
  readonly operation: Operation | undefined;
}

export function useApply(plan: Plan): Applying {
  const { api, known, state, go } = usePage();
  const [isApplying, setApplying] = useState(false);
  const [wasSent, setSent] = useState(false);
  const [refusal, setRefusal] = useState<ProblemDetails | null>(null);
  const operation = state.operations.find((each) => each.plan === plan.id);
  const isLost = known.link.is === 'lost';
  useEffect(() => {
    if (wasSent && operation !== undefined) go({ flow: { step: 'operation', operation: operation.id } });
  }, [wasSent, operation?.id, go]);
  useEffect(() => {
    // A connection that is cut without a word answers no request either, and nobody would say so.
    if (!isLost || !isApplying) return;
    setApplying(false);
    setRefusal(unanswered('the connection was lost before the server had answered', 'when it is back, it is looked for'));
  }, [isLost, isApplying]);
  const apply = async (): Promise<void> => {
    setApplying(true);
    setSent(true);
    setRefusal(null);
    try {
      const begun = await api.apply(plan);
      go({ flow: { step: 'operation', operation: begun.id } });
    } catch (error) {
      setRefusal(detailsOf(error));
      setApplying(false);
    }
  };
  return { apply, isApplying, refusal, operation };
}
