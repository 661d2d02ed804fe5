/** Hosts for a definition, the best first; on one that can run it, what the definition would be there. */
import { type ReactNode, useState } from 'react';
import { placementNotes } from '../../../fleet/model/told.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { CopyButton } from '../../design/copy-button.tsx';
import type { FleetPlacement, Placed, PlacedOn } from '../connection/api.ts';
import { detailsOf } from '../connection/refusal.ts';
import { usePage } from '../context.ts';
import { CardTable } from '../shell/card-table.tsx';
import { newest } from '../shell/newest.ts';
import { clock } from '../shell/notices.ts';
import { EvidenceList, ProblemList, RefusalBox } from '../shell/refusal-box.tsx';
import { TextDiff } from '../shell/text-diff.tsx';

const COLUMNS = ['Host', 'Fits', 'Functions', 'Note', 'There'];

export function PlacementTable({ first }: { readonly first: Placed }): ReactNode {
  const { api } = usePage();
  const [parts, setParts] = useState<readonly Placed[]>([first]);
  const [there, setThere] = useState<PlacedOn>();
  const [refusal, setRefusal] = useState<ProblemDetails>();
  const [asked] = useState(newest);
  const next = parts.at(-1)?.next ?? null;
  const orRefused = async (act: () => Promise<void>): Promise<void> => {
    setRefusal(undefined);
    await act().catch((error: unknown) => setRefusal(detailsOf(error)));
  };
  const more = async (): Promise<void> => {
    if (next === null) return;
    const part = await api.fleet.placed(first.id, next);
    // Somebody may have asked for it twice.
    setParts((before) => (before.at(-1)?.next === next ? [...before, part] : before));
  };
  const show = async (host: string): Promise<void> => {
    const isNewest = asked.ask();
    const found = await api.fleet.placedOn(first.id, host);
    if (isNewest()) setThere(found);
  };
  const { hosts, fit, file, time, problems } = first;
  return (
    <section aria-label="Hosts for the definition">
      <div role="status">
        <h3>
          {fit} of {hosts} {hosts === 1 ? 'host' : 'hosts'} can run {file} now
        </h3>
      </div>
      <p className="faint">Looked at {clock(time)}. It is a look: somebody else may be faster until it is claimed.</p>
      <ProblemList problems={problems} />
      {refusal === undefined ? null : <RefusalBox details={refusal} />}
      {there === undefined ? null : <There found={there} onClose={() => setThere(undefined)} />}
      <CardTable
        caption="Hosts for the definition, the best first"
        columns={COLUMNS}
        rows={parts.flatMap(({ items }) => items).map((item) => ({ key: item.host, cells: cellsOf(item, () => void orRefused(() => show(item.host))) }))}
      />
      {next === null ? null : (
        <p className="actions">
          <button type="button" onClick={() => void orRefused(more)}>
            More
          </button>
        </p>
      )}
    </section>
  );
}

function cellsOf(item: FleetPlacement, onShow: () => void): readonly ReactNode[] {
  const { host, fits, functions } = item;
  return [
    host,
    fits ? <strong>yes</strong> : 'no',
    functions.length === 0 ? (
      '-'
    ) : (
      <ul key="functions" className="fleet-counts">
        {functions.map(({ function: key, address, wanted }) => (
          <li key={key}>
            <span className="mono">{address}</span> <span className="faint">{wanted}</span>
          </li>
        ))}
      </ul>
    ),
    <EvidenceList key="notes" evidence={placementNotes(item)} />,
    fits ? (
      <button key="there" type="button" aria-label={`The definition on ${host}`} onClick={onShow}>
        Definition
      </button>
    ) : null,
  ];
}

function There({ found: { placement, text }, onClose }: { readonly found: PlacedOn; readonly onClose: () => void }): ReactNode {
  const { host, definition } = placement;
  return (
    <section className="fleet-there" aria-label={`The definition on ${host}`}>
      <h3>{definition === null ? `${host} cannot run it any more` : `On ${host} the definition would be`}</h3>
      <EvidenceList evidence={placementNotes(placement)} />
      {definition === null ? null : <TextDiff before={text} after={definition} label={`what differs on ${host}`} />}
      <div className="actions">
        {definition === null ? null : <CopyButton text={definition} label="Copy the whole definition" />}
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
    </section>
  );
}
