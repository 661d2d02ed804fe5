/** An operation as it goes on: each step, the time that is left, stop and undo; and how it ended. */
import { type ReactNode, useEffect, useState } from 'react';
import type { Operation } from '../../../server/api/operation.ts';
import type { Plan } from '../../../server/api/plan.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { interruptedChanges } from '../activity/interrupted.ts';
import { detailsOf } from '../connection/refusal.ts';
import { usePage } from '../context.ts';
import { CopyButton } from '../../design/copy-button.tsx';
import { useLoaded } from '../shell/loaded.ts';
import { ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { Afterwards } from './afterwards.tsx';
import { leftWords, operationWords } from './operation-words.ts';
import { StepList } from './step-list.tsx';
import { askedWords, type WordedWish } from './wish-words.ts';

export function OperationStep({ id }: { readonly id: string }): ReactNode {
  const { api, state } = usePage();
  const followed = state.operations.find((each) => each.id === id);
  const loaded = useLoaded(id, followed === undefined, () => (followed === undefined ? api.operation(id) : Promise.resolve(followed)));
  const operation = followed ?? (loaded.is === 'there' ? loaded.value : null);
  if (operation !== null) return <OperationShown operation={operation} />;
  return loaded.is === 'refused' ? <Unknown details={loaded.details} /> : <Skeleton what="the operation" />;
}

/** A server that was started again knows nothing of operations before; the journal does. */
function Unknown({ details }: { readonly details: ProblemDetails }): ReactNode {
  const { state, begin, go } = usePage();
  const isInterrupted = interruptedChanges(state).length > 0;
  return (
    <>
      <RefusalBox details={details} />
      <p>{isInterrupted ? 'A change was interrupted. Recovering finishes or undoes it.' : 'Nothing is interrupted; the journal tells what was done.'}</p>
      <div className="actions">
        {isInterrupted ? (
          <button type="button" className="primary" onClick={() => begin({ verb: 'recover' })}>
            Recover…
          </button>
        ) : null}
        <button type="button" onClick={() => go({ view: 'activity', flow: null })}>
          Activity
        </button>
      </div>
    </>
  );
}

function OperationShown({ operation }: { readonly operation: Operation }): ReactNode {
  const { api, state, go } = usePage();
  const [refusal, setRefusal] = useState<ProblemDetails | null>(null);
  const now = useNow(operation.ended === null);
  const ask = async (what: () => Promise<void>): Promise<void> => {
    setRefusal(null);
    try {
      await what();
    } catch (error) {
      setRefusal(detailsOf(error));
    }
  };
  const stop = (): Promise<void> => ask(async () => void (await api.stop(operation.id)));
  const planOf = (make: () => Promise<Plan>): Promise<void> =>
    ask(async () => {
      const { id, wish } = await make();
      go({ flow: { step: 'plan', plan: id, wish: JSON.stringify(wish) } });
    });
  const undo = (): Promise<void> => planOf(() => api.undo(operation.id));
  const undoByForce = (): Promise<void> => planOf(() => api.plan({ verb: 'undo', operations: [operation.id], force: true }));
  const left = leftWords(operation, now);
  return (
    <>
      <h2>{askedWords(operation.wish as unknown as WordedWish, state.operations)}</h2>
      <p role="status">
        <strong>{operationWords(operation)}</strong>
        {operation.progress === null ? null : `: ${operation.progress}`}
      </p>
      {left === null ? null : <p>{left}</p>}
      <StepList changes={operation.changes} now={now} />
      {operation.answer === null ? null : <Afterwards answer={operation.answer} />}
      <ProblemList problems={operation.problems} />
      {refusal === null ? null : <RefusalBox details={refusal} />}
      <div className="actions">
        {operation.ended === null ? (
          <button type="button" disabled={operation.state === 'stopping'} onClick={() => void stop()}>
            Stop and undo
          </button>
        ) : null}
        {operation.undoable ? (
          <button type="button" onClick={() => void undo()}>
            Undo…
          </button>
        ) : null}
        {refusal?.forcible === true ? (
          <button type="button" onClick={() => void undoByForce()}>
            Plan to undo by force…
          </button>
        ) : null}
        {operation.command === null ? null : <CopyButton text={operation.command} label="Copy command" />}
        {operation.answer === null ? null : <CopyButton text={JSON.stringify(operation.answer, null, 2)} label="Copy JSON" />}
      </div>
      <p className="faint">
        {operation.by}, {operation.from}
      </p>
    </>
  );
}

/** The time, as often as somebody looks at seconds. */
function useNow(runs: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!runs) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [runs]);
  return now;
}
