/** What is known of what was chosen, before anything is planned; and what the server says no to, with its reasons. */
import type { ReactNode } from 'react';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import { usePage } from '../context.ts';
import { nameOf } from '../host/words.ts';
import { EvidenceList, RefusalBox } from '../shell/refusal-box.tsx';
import { type Draft, FIELDS, wishOf } from './wish-fields.ts';
import { usePlanning } from './use-planning.ts';
import { functionsOf } from './wish-functions.ts';
import { wishWords } from './wish-words.ts';

export function CheckStep({ draft }: { readonly draft: Draft }): ReactNode {
  const { state, go, refine } = usePage();
  const { plan, isPlanning, refusal } = usePlanning();
  const chosen = functionsOf(draft);
  const hasGroup = FIELDS[draft.verb].some(({ name }) => name === 'group') && draft['group'] !== true;
  const functions = chosen.map((address) => [address, state.functions.find(({ hostAddress }) => hostAddress === address)] as const);
  return (
    <>
      <h2>{wishWords(draft)}</h2>
      <ul className="checked">
        {functions.map(([address, each]) => (
          <li key={address}>
            <strong className="mono">{address}</strong> {each === undefined ? 'is not there any more' : <VerdictMark mark={each.verdict} />}{' '}
            {each === undefined ? '' : nameOf(each)}
            {each === undefined ? null : <EvidenceList evidence={each.evidence} />}
            {each?.companions.map((companion) => (
              <p key={companion.hostAddress} className="companion">
                <span className="mono">{companion.hostAddress}</span> is in group {each.iommuGroup} with it: {companion.className}
                {companion.mustGo ? ', has to go along' : ', may stay'}
                <EvidenceList evidence={companion.uses} />
              </p>
            ))}
          </li>
        ))}
      </ul>
      {hasGroup && functions.some(([, each]) => each?.companions.some(({ hostAddress, mustGo }) => mustGo && !chosen.includes(hostAddress))) ? (
        <p>
          <button type="button" onClick={() => refine({ flow: { step: 'check', wish: JSON.stringify({ ...draft, group: true }) } })}>
            Take the rest of the group along
          </button>
        </p>
      ) : null}
      {draft['group'] === true ? <p>With the rest of their IOMMU groups.</p> : null}
      {refusal === null ? null : <RefusalBox details={refusal} />}
      <div className="actions">
        <button type="button" className="primary" disabled={isPlanning} onClick={() => void plan(wishOf(draft))}>
          {refusal === null ? 'Plan' : 'Plan again'}
        </button>
        <button type="button" onClick={() => go({ flow: { step: 'choose', wish: JSON.stringify(draft) } })}>
          Choose otherwise
        </button>
        {refusal?.forcible === true ? (
          <button type="button" disabled={isPlanning} onClick={() => void plan(wishOf({ ...draft, force: true }))}>
            Plan it by force…
          </button>
        ) : null}
      </div>
      <p className="faint">A plan changes nothing. It shows every step, and how each is undone.</p>
    </>
  );
}
