/** Having a plan made, and going there; or why there is none. */
import { useState } from 'react';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { Wish } from '../../../server/api/wishes.ts';
import { detailsOf } from '../connection/refusal.ts';
import { usePage } from '../context.ts';
import { formatWish } from './kept-wish.ts';

export interface Planning {
  readonly plan: (wish: Wish) => Promise<void>;
  readonly isPlanning: boolean;
  readonly refusal: ProblemDetails | null;
}

export function usePlanning(): Planning {
  const { api, go } = usePage();
  const [refusal, setRefusal] = useState<ProblemDetails | null>(null);
  const [isPlanning, setPlanning] = useState(false);
  const plan = async (wish: Wish): Promise<void> => {
    setPlanning(true);
    try {
      const { id } = await api.plan(wish);
      go({ flow: { step: 'plan', plan: id, wish: formatWish(wish) } });
    } catch (error) {
      setRefusal(detailsOf(error));
      setPlanning(false);
    }
  };
  return { plan, isPlanning, refusal };
}
