/** What was done to the host: operations of this server, what is in force, what comes at every boot, history. */
import type { ReactNode } from 'react';
import { usePage } from '../context.ts';
import { CardTable } from '../shell/card-table.tsx';
import { useLoaded } from '../shell/loaded.ts';
import { RefusalBox } from '../shell/refusal-box.tsx';
import { Skeleton } from '../shell/skeleton.tsx';
import { interruptedChanges } from './interrupted.ts';
import { keptRow } from './kept.ts';
import { OperationsTable } from './operations-table.tsx';
import { PastTable } from './past-table.tsx';

export function ActivityView(): ReactNode {
  const { state, begin } = usePage();
  const { operations, inForce, persistent } = state;
  const interrupted = interruptedChanges(state);
  return (
    <>
      <h2>Activity</h2>
      <p>
        <button type="button" onClick={() => begin({ verb: 'apply' })}>
          Apply a wish…
        </button>
      </p>
      {operations.length === 0 ? null : (
        <section>
          <h3>Since this server was started</h3>
          <OperationsTable operations={operations} />
        </section>
      )}
      <section>
        <h3>In force</h3>
        {interrupted.length === 0 ? null : (
          <p>
            {interrupted.length} interrupted.{' '}
            <button type="button" className="primary" onClick={() => begin({ verb: 'recover' })}>
              Recover…
            </button>
          </p>
        )}
        {inForce.length === 0 ? (
          <p className="faint">Nothing that hostdev has changed is in force.</p>
        ) : (
          <CardTable
            caption="Changes in force"
            columns={['What', 'Before → now', 'State', 'Since', 'By']}
            rows={inForce.map((change) => ({
              key: `${change.verb} ${change.subject} ${change.since}`,
              cells: [
                <span key="what">
                  {change.verb} <span className="mono">{change.subject}</span>
                </span>,
                `${change.beforeWords} → ${change.nowWords}`,
                <StateWord key="state" word={change.state} />,
                <time key="since" dateTime={change.since}>
                  {new Date(change.since).toLocaleString('sv-SE')}
                </time>,
                change.by,
              ],
            }))}
          />
        )}
      </section>
      <section>
        <h3>At every boot</h3>
        {persistent.length === 0 ? (
          <p className="faint">Nothing is taken at boot.</p>
        ) : (
          <CardTable caption="What is taken at every boot" columns={['What', 'Driver', 'By', 'State', 'Drift']} rows={persistent.map(keptRow)} />
        )}
      </section>
      <History />
    </>
  );
}

function StateWord({ word }: { readonly word: string }): ReactNode {
  return word === 'in force' ? word : <strong>{word}</strong>;
}

function History(): ReactNode {
  const { api, state } = usePage();
  const loaded = useLoaded('history', state.inForce, () => api.history());
  return (
    <section>
      <h3>History</h3>
      {loaded.is === 'loading' ? <Skeleton what="the journal" /> : null}
      {loaded.is === 'refused' ? <RefusalBox details={loaded.details} /> : null}
      {loaded.is === 'there' && loaded.value.items.length === 0 ? <p className="faint">Nothing was ever changed with hostdev here.</p> : null}
      {loaded.is === 'there' && loaded.value.items.length > 0 ? <PastTable items={loaded.value.items} caption="History" /> : null}
    </section>
  );
}
