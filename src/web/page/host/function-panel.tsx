/** All of one function: why its verdict is so, what goes along, what it is, who could have it, what was done to it. */
import type { ReactNode } from 'react';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import { PastTable } from '../activity/past-table.tsx';
import { usePage } from '../context.ts';
import { formatPlace, START } from '../place/place.ts';
import { useLoaded } from '../shell/loaded.ts';
import { EvidenceList, ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { ActBar } from './act-bar.tsx';
import type { Holding } from './holders.ts';
import { actsOnFunction } from './function-acts.ts';
import { functionFacts } from './function-facts.ts';
import { holdingWords } from './words.ts';

export function FunctionPanel({ address, held }: { readonly address: string; readonly held: readonly Holding[] }): ReactNode {
  const { api, state } = usePage();
  const listed = state.functions.find((each) => each.hostAddress === address);
  const loaded = useLoaded(address, [listed, state.inForce].map(identity).join(' '), () => api.function(address));
  if (loaded.is === 'loading') return <Skeleton what={address} />;
  if (loaded.is === 'refused') return <RefusalBox details={loaded.details} />;
  const { details, check, history } = loaded.value;
  const { companions, evidence, uses, notes, problems } = check;
  const others = uses.filter((use) => !evidence.includes(use));
  return (
    <>
      <p>
        <VerdictMark mark={check.verdict} />{' '}
        <span className="faint">{check.words.startsWith(check.verdict) ? check.words.slice(check.verdict.length) : check.words}</span>
      </p>
      <EvidenceList evidence={evidence} />
      {others.length === 0 ? null : (
        <>
          <h3>Used besides</h3>
          <EvidenceList evidence={others} />
        </>
      )}
      <ActBar acts={actsOnFunction(loaded.value, held, state)} />
      <ProblemList problems={problems} />
      {notes.length === 0 ? null : <EvidenceList evidence={notes} />}
      {companions.length === 0 ? null : (
        <>
          <h3>In group {details.iommuGroup} with it</h3>
          <ul className="chains">
            {companions.map((companion) => (
              <li key={companion.hostAddress}>
                <span className="mono">{companion.hostAddress}</span> {companion.className} {companion.driver === null ? '' : `(${companion.driver})`}
                {companion.mustGo ? ' has to go along' : ' may stay'}
                <EvidenceList evidence={companion.uses} />
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>Facts</h3>
      <dl className="facts">
        {functionFacts(loaded.value).map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ))}
      </dl>
      <h3>Guests</h3>
      <ul className="chains">
        {held.map((each) => (
          <li key={each.guest}>
            <a href={formatPlace({ ...START, view: 'guests', open: each.guest })}>{holdingWords(each)}</a>
          </li>
        ))}
      </ul>
      <CouldTake address={address} held={held} />
      {history.length === 0 ? null : (
        <>
          <h3>History</h3>
          <PastTable items={history} caption={`History of ${address}`} />
        </>
      )}
    </>
  );
}

function CouldTake({ address, held }: { readonly address: string; readonly held: readonly Holding[] }): ReactNode {
  const { state, begin } = usePage();
  const others = state.guests.filter(({ guest }) => !held.some((each) => each.guest === guest));
  if (others.length === 0)
    return <p className="faint">{state.host.libvirt.reachable ? 'No other guest is defined.' : 'Guests are not known without libvirt.'}</p>;
  return (
    <details>
      <summary>Give it to one of {others.length}</summary>
      <ul className="chains">
        {others.map(({ guest, uuid, state: runs }) => (
          <li key={uuid}>
            <button type="button" className="link" onClick={() => begin({ verb: 'attach', guest, functions: [address] })}>
              {guest}
            </button>{' '}
            <span className="faint">{runs}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A word for an object that is another one when it has changed. */
const words = new WeakMap<object, string>();
let made = 0;
function identity(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const known = words.get(value) ?? `#${(made += 1)}`;
  words.set(value, known);
  return known;
}
