/** A plan that is not so any more, beside the one that would be made now. */
import type { ReactNode } from 'react';
import type { PlanChange } from '../../../server/api/plan.ts';
import { TextDiff } from '../shell/text-diff.tsx';

export function Difference({ before, now }: { readonly before: readonly PlanChange[]; readonly now: readonly PlanChange[] }): ReactNode {
  return (
    <>
      <h3>What has changed since</h3>
      <TextDiff before={planText(before)} after={planText(now)} label="Difference of the plans" />
    </>
  );
}

function planText(changes: readonly PlanChange[]): string {
  return changes.map(({ verb, subject, steps }) => [`${verb} ${subject}`, ...steps.map(({ what }) => `  ${what}`), ''].join('\n')).join('');
}
