/** Operations of this server, latest first; those that can be undone can be chosen, to be undone by one plan. */
import { type ReactNode, useState } from 'react';
import type { Operation } from '../../../server/api/operation.ts';
import { operationWords } from '../flow/operation-words.ts';
import { usePlanning } from '../flow/use-planning.ts';
import { askedWords, type WordedWish } from '../flow/wish-words.ts';
import { counted } from '../host/count.ts';
import { formatPlace, START } from '../place/place.ts';
import { CardTable } from '../shell/card-table.tsx';
import { clock } from '../shell/notices.ts';
import { RefusalBox } from '../shell/refusal-box.tsx';

export function OperationsTable({ operations }: { readonly operations: readonly Operation[] }): ReactNode {
  const { plan, isPlanning, refusal } = usePlanning();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  // What was undone meanwhile cannot be undone again.
  const toUndo = operations.filter(({ id, undoable }) => undoable && chosen.has(id)).map(({ id }) => id);
  const wordsOf = ({ wish }: Operation): string => askedWords(wish as unknown as WordedWish, operations);
  const choose = (id: string, isChosen: boolean): void =>
    setChosen((before) => new Set([...[...before].filter((each) => each !== id), ...(isChosen ? [id] : [])]));
  return (
    <>
      <CardTable
        caption="Operations of this server"
        columns={['What', 'State', 'Began', 'By']}
        rows={operations.map((operation) => ({
          key: operation.id,
          cells: [
            <span key="what" className="operation-name">
              {operation.undoable ? (
                <input
                  type="checkbox"
                  aria-label={`choose ${wordsOf(operation)} to be undone`}
                  checked={chosen.has(operation.id)}
                  onChange={({ target }) => choose(operation.id, target.checked)}
                />
              ) : null}
              <a href={formatPlace({ ...START, view: 'activity', flow: { step: 'operation', operation: operation.id } })}>
                {operation.command === null ? wordsOf(operation) : <code>{operation.command}</code>}
              </a>
            </span>,
            operationWords(operation),
            clock(operation.began),
            `${operation.by}, ${operation.from}`,
          ],
        }))}
      />
      {toUndo.length === 0 ? null : (
        <div className="actions">
          <button type="button" className="primary" disabled={isPlanning} onClick={() => void plan({ verb: 'undo', operations: toUndo })}>
            Undo {counted(toUndo.length, 'operation')}…
          </button>
        </div>
      )}
      {refusal === null ? null : <RefusalBox details={refusal} />}
    </>
  );
}
