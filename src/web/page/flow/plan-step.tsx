/** The plan as it would be carried out. Nothing is written before it is applied. */
import { type ReactNode, useState } from 'react';
import type { Plan } from '../../../server/api/plan.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { detailsOf } from '../connection/refusal.ts';
import { usePage } from '../context.ts';
import { CopyButton } from '../../design/copy-button.tsx';
import { useLoaded } from '../shell/loaded.ts';
import { ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { TextDiff } from '../shell/text-diff.tsx';
import { Afterwards } from './afterwards.tsx';
import { ChangeList } from './change-list.tsx';
import { Difference } from './difference.tsx';
import { functionsOf } from './wish-functions.ts';
import { type WordedWish, wishWords } from './wish-words.ts';

export function PlanStep({ id }: { readonly id: string }): ReactNode {
  const { api } = usePage();
  const loaded = useLoaded(id, null, () => api.getPlan(id));
  if (loaded.is === 'loading') return <Skeleton what="the plan" />;
  if (loaded.is === 'refused') return <RefusalBox details={loaded.details} />;
  return <PlanShown plan={loaded.value} />;
}

function PlanShown({ plan }: { readonly plan: Plan }): ReactNode {
  const { api, known, state, go, begin } = usePage();
  const [refusal, setRefusal] = useState<ProblemDetails | null>(null);
  const [typed, setTyped] = useState('');
  const [isApplying, setApplying] = useState(false);
  const draft = plan.wish as unknown as WordedWish;
  const [named] = functionsOf(draft);
  const isConfirmed = plan.losses.length === 0 || typed.trim() === (named ?? plan.wish.verb);
  const isLive = known.link.is === 'live';
  const apply = async (): Promise<void> => {
    setApplying(true);
    try {
      const operation = await api.apply(plan);
      go({ flow: { step: 'operation', operation: operation.id } });
    } catch (error) {
      setRefusal(detailsOf(error));
      setApplying(false);
    }
  };
  const again = async (): Promise<void> => {
    try {
      const next = await api.plan(plan.wish);
      go({ flow: { step: 'plan', plan: next.id } });
    } catch (error) {
      setRefusal(detailsOf(error));
    }
  };
  return (
    <>
      <h2>{wishWords(draft)}</h2>
      <ProblemList problems={plan.notes} />
      {plan.changed ? <ChangeList changes={plan.changes} /> : <p>All is as asked for already; there is nothing to do.</p>}
      <Afterwards answer={plan.answer} />
      <Companions plan={plan} />
      {plan.definition === null ? null : (
        <details>
          <summary>The guest's definition, before and after</summary>
          <TextDiff before={plan.definition.before} after={plan.definition.after} label="Changes of the definition" />
        </details>
      )}
      <details>
        <summary>The same as a command, and as JSON</summary>
        {plan.command === null ? (
          <p>No command does the same: what is undone is known to this server alone.</p>
        ) : (
          <>
            <p>
              <code className="mono">{plan.command}</code>
            </p>
            <CopyButton text={plan.command} label="Copy command" />{' '}
          </>
        )}
        <CopyButton text={JSON.stringify(plan.answer, null, 2)} label="Copy JSON" />
        <pre className="scroll code" tabIndex={0} aria-label="JSON of the plan">
          {JSON.stringify(plan.answer, null, 2)}
        </pre>
      </details>
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
        {refusal === null || refusal.status === 409 ? (
          <button
            type="button"
            className="primary"
            disabled={!plan.changed || !isConfirmed || !isLive || isApplying || state.host.readOnly}
            onClick={() => void apply()}
          >
            {refusal === null ? wishWords(draft) : 'Try again'}
          </button>
        ) : (
          <button type="button" className="primary" onClick={() => void again()}>
            Plan again
          </button>
        )}
        {refusal?.code === 'recovery-needed' ? (
          <button type="button" onClick={() => begin({ verb: 'recover' })}>
            Recover…
          </button>
        ) : null}
        <button type="button" onClick={() => go({ flow: { step: 'choose', wish: JSON.stringify(plan.wish) } })}>
          Choose otherwise
        </button>
        <span role="status" className="faint">
          {state.host.readOnly ? 'This server only shows.' : isLive ? '' : 'The connection is lost; nothing can be applied until it is back.'}
        </span>
      </div>
    </>
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
