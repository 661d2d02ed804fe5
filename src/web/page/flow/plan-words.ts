/** What stands beside the button of a plan: why it does nothing now, or what is known of an answer that was lost. */
import type { Operation } from '../../../server/api/operation.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { isUnanswered } from '../connection/refusal.ts';
import { operationWords } from './operation-words.ts';

interface PlanStatus {
  readonly isReadOnly: boolean;
  readonly isLive: boolean;
  readonly refusal: Pick<ProblemDetails, 'code'> | null;
  /** What the plan has become. */
  readonly operation: Operation | undefined;
}

export function statusWords({ isReadOnly, isLive, refusal, operation }: PlanStatus): string {
  if (isReadOnly) return 'This server only shows.';
  if (operation !== undefined) return `It is carried out once: ${operationWords(operation)}.`;
  const isLost = refusal !== null && isUnanswered(refusal);
  if (!isLive) return `The connection is lost; ${isLost ? 'what became of it is looked for when it is back.' : 'nothing can be applied until it is back.'}`;
  return isLost ? 'The server knows of no operation of this plan. To try again is the same operation, never a second one.' : '';
}
