/** The plan as it would be carried out. Nothing is written before it is applied. */
import { type ReactNode, useState } from 'react';
import type { Plan } from '../../../server/api/plan.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { isUnanswered } from '../connection/refusal.ts';
import { usePage } from '../context.ts';
import { useLoaded } from '../shell/loaded.ts';
import { ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { ChangeList } from './change-list.tsx';
import { Difference } from './difference.tsx';
import { PlanParts } from './plan-parts.tsx';
import { statusWords } from './plan-words.ts';
import { type Applying, useApply } from './use-apply.ts';
import { usePlanning } from './use-planning.ts';
import { formatWish, parseWish } from './kept-wish.ts';
import { LaterList } from './later-list.tsx';
import { wishOf } from './wish-fields.ts';
import { functionsOf } from './wish-functions.ts';
import { askedWords, type WordedWish, wishWords } from './wish-words.ts';

interface PlanStepProps {
  readonly id: string;
  /** What was asked for, where the link says so. */
  readonly wish: string | undefined;
}

export function PlanStep({ id, wish }: PlanStepProps): ReactNode {
  const { api } = usePage();
  const loaded = useLoaded(id, null, () => api.getPlan(id));
  if (loaded.is === 'loading') return <Skeleton what="the plan" />;
  if (loaded.is === 'refused') return <PlanGone details={loaded.details} wish={wish} />;
  return <PlanShown plan={loaded.value} />;
}

/** Plans end with the server; what was asked for is asked for again. */
function PlanGone({ details, wish }: { readonly details: ProblemDetails; readonly wish: string | undefined }): ReactNode {
  const { plan, isPlanning, refusal } = usePlanning();
  const draft = wish === undefined ? null : parseWish(wish);
  return (
    <>
      {draft === null ? null : <h2>{wishWords(draft)}</h2>}
      <RefusalBox details={refusal ?? details} />
      {draft === null || isUnanswered(details) ? null : (
        <div className="actions">
          <button type="button" className="primary" disabled={isPlanning} onClick={() => void plan(wishOf(draft))}>
            Plan again
          </button>
        </div>
      )}
    </>
  );
}

function PlanShown({ plan }: { readonly plan: Plan }): ReactNode {
  const { known, state, go, begin } = usePage();
  const applying = useApply(plan);
  const { plan: replan, refusal: notPlanned } = usePlanning();
  const refusal = notPlanned ?? applying.refusal;
  const [typed, setTyped] = useState('');
  const draft = plan.wish as unknown as WordedWish;
  const [named] = functionsOf(draft);
  const words = askedWords(draft, state.operations);
  const isConfirmed = plan.losses.length === 0 || typed.trim() === (named ?? plan.wish.verb);
  const isLive = known.link.is === 'live';
  return (
    <>
      <h2>{words}</h2>
      <ProblemList problems={plan.notes} />
      {plan.changed ? <ChangeList changes={plan.changes} /> : <p>All is as asked for already; there is nothing to do.</p>}
      <LaterList answer={plan.answer} />
      <PlanParts plan={plan} />
      <Companions plan={plan} />
      {plan.losses.length === 0 ? null : (
        <div className="refusal">
          <p className="refusal-what">What is lost by force</p>
          <ProblemList problems={plan.losses} />
          <p className="field">
            <label htmlFor="confirm">
              Type <code>{named ?? plan.wish.verb}</code> to go on
            </label>
            <input id="confirm" autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
          </p>
        </div>
      )}
      {refusal === null ? null : <RefusalBox details={refusal} />}
      {refusal === null || refusal.difference === null ? null : <Difference before={refusal.difference.before} now={refusal.difference.now} />}
      <div className="actions">
        <MainButton
          words={words}
          {...{ applying, refusal }}
          canApply={plan.changed && isConfirmed && isLive && !state.host.readOnly}
          onReplan={() => void replan(plan.wish)}
        />
        {refusal?.code === 'recovery-needed' ? (
          <button type="button" onClick={() => begin({ verb: 'recover' })}>
            Recover…
          </button>
        ) : null}
        <button type="button" onClick={() => go({ flow: { step: 'choose', wish: formatWish(plan.wish) } })}>
          Choose otherwise
        </button>
        <span role="status" className="faint">
          {statusWords({ isReadOnly: state.host.readOnly, isLive, refusal, operation: applying.operation })}
        </span>
      </div>
    </>
  );
}

interface MainButtonProps {
  readonly words: string;
  readonly applying: Applying;
  readonly refusal: ProblemDetails | null;
  readonly canApply: boolean;
  readonly onReplan: () => void;
}

/** What there is to do with the plan now: carry it out, once; look what has become of it; make another one. */
function MainButton({ words, applying: { apply, isApplying, operation }, refusal, canApply, onReplan }: MainButtonProps): ReactNode {
  const { go } = usePage();
  if (operation !== undefined) {
    return (
      <button type="button" className="primary" onClick={() => go({ flow: { step: 'operation', operation: operation.id } })}>
        What became of it
      </button>
    );
  }
  if (refusal === null || refusal.status === 409 || isUnanswered(refusal)) {
    return (
      <button type="button" className="primary" disabled={!canApply || isApplying} onClick={() => void apply()}>
        {refusal === null ? words : 'Try again'}
      </button>
    );
  }
  return (
    <button type="button" className="primary" onClick={onReplan}>
      Plan again
    </button>
  );
}

function Companions({ plan: { companions } }: { readonly plan: Plan }): ReactNode {
  if (companions.length === 0) return null;
  return (
    <details>
      <summary>What else is in the IOMMU groups ({companions.length})</summary>
      <ul className="chains">
        {companions.map(({ hostAddress, className, mustGo, uses }) => (
          <li key={hostAddress}>
            <span className="mono">{hostAddress}</span> {className}
            {mustGo ? ', has to go along' : ', may stay'} {uses.length === 0 ? '' : `: ${uses.join('; ')}`}
          </li>
        ))}
      </ul>
    </details>
  );
}
