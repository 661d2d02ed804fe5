/** The guest's PCI tree as a treegrid: rows for everybody, rails drawn beside them. */
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import type { TopologyResult } from '../../../addressing/topology.ts';
import { formatFid, formatUid } from '../../../pci/zpci.ts';
import { type TreeRow, treeRows } from '../model/tree-rows.ts';
import { Rails } from './rails.tsx';
import { Refused } from './refused.tsx';
import '../../design/stacked.css';
import './guest-tree.css';

interface GuestTreeProps {
  readonly result: TopologyResult;
  readonly onOpen: (line: number, column: number) => void;
}

export function GuestTree({ result, onOpen }: GuestTreeProps): ReactNode {
  if (!result.ok) return <Refused problems={result.problems} onOpen={onOpen} />;
  return <Tree rows={treeRows(result.topology)} machine={result.topology.machine} free={result.topology.freeHotplugSlots} />;
}

function Tree({ rows, machine, free }: { readonly rows: readonly TreeRow[]; readonly machine: string; readonly free: number }): ReactNode {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState(rows[0]?.key);
  const shown = rows.filter(({ above }) => !above.some((key) => closed.has(key)));
  const current = shown.some(({ key }) => key === active) ? active : shown[0]?.key;
  const toggle = (key: string, close: boolean): void => setClosed(new Set(close ? [...closed, key] : [...closed].filter((each) => each !== key)));
  const onKeyDown = (event: KeyboardEvent<HTMLTableElement>): void => {
    const at = shown.findIndex(({ key }) => key === current);
    const row = shown[at];
    if (row === undefined) return;
    const isOpen = row.hasChildren && !closed.has(row.key);
    const goTo = (index: number): void => {
      const next = shown[Math.min(Math.max(index, 0), shown.length - 1)];
      setActive(next?.key);
      event.currentTarget.querySelector<HTMLElement>(`[data-key="${next?.key}"]`)?.focus();
    };
    const acts: Readonly<Record<string, () => void>> = {
      ArrowDown: () => goTo(at + 1),
      ArrowUp: () => goTo(at - 1),
      Home: () => goTo(0),
      End: () => goTo(shown.length - 1),
      ArrowRight: () => (isOpen ? goTo(at + 1) : row.hasChildren ? toggle(row.key, false) : undefined),
      ArrowLeft: () => (isOpen ? toggle(row.key, true) : goTo(shown.findIndex(({ key }) => key === row.above.at(-1)))),
    };
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  };
  return (
    <>
      <table role="treegrid" aria-label={`PCI tree of a ${machine} guest`} className="tree stacked" onKeyDown={onKeyDown}>
        <thead>
          <tr>
            {['Device', 'Guest address', 'Host function', 'What the guest calls it'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Row
              key={row.key}
              row={row}
              isOpen={!closed.has(row.key)}
              isCurrent={row.key === current}
              onFocus={() => setActive(row.key)}
              onToggle={() => toggle(row.key, !closed.has(row.key))}
            />
          ))}
        </tbody>
      </table>
      <p>{free === 0 ? 'No place is free for hot-plug.' : `${free} ${free === 1 ? 'place is' : 'places are'} free for hot-plug.`}</p>
    </>
  );
}

interface RowProps {
  readonly row: TreeRow;
  readonly isOpen: boolean;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
  readonly onToggle: () => void;
}

function Row({ row, isOpen, isCurrent, onFocus, onToggle }: RowProps): ReactNode {
  const { key, level, name, note, address, hostFunction, guestName, zpci, kind } = row;
  return (
    <tr
      data-key={key}
      aria-level={level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      {...(row.hasChildren ? { 'aria-expanded': isOpen } : {})}
      tabIndex={isCurrent ? 0 : -1}
      onFocus={onFocus}
      className={kind}
    >
      <td role="gridcell">
        <span className="name">
          <Rails row={row} isOpen={isOpen} onToggle={onToggle} />
          <span>
            {name} {note === undefined ? null : <span className="faint">{note}</span>}
          </span>
        </span>
      </td>
      <td role="gridcell" data-label="Address" className="mono">
        {address}
      </td>
      <td role="gridcell" data-label="Host" className="mono">
        {hostFunction}
      </td>
      <td role="gridcell" data-label="Guest" className="mono">
        {guestName}
        {zpci === undefined ? null : (
          <span className="faint">
            {' '}
            uid {formatUid(zpci.uid)} fid {formatFid(zpci.fid)}
          </span>
        )}
      </td>
    </tr>
  );
}
