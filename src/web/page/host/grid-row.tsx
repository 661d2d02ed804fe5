/** One row of the tree. It is drawn again only when what it shows has changed. */
import { memo, type ReactNode } from 'react';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import type { Holding } from './holders.ts';
import type { HostRow } from './rows.ts';
import { groupWords, idWords, nameOf, shortId, slotName, useWords } from './words.ts';

export interface GridRowProps {
  readonly row: HostRow;
  readonly index: number;
  readonly held: readonly Holding[];
  readonly isCurrent: boolean;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly isMarked: boolean;
  /** What was there is not any more; the row stays until nobody is among the rows. */
  readonly isGone: boolean;
  /** IBM Z: function ids come first. */
  readonly idsFirst: boolean;
  readonly onFold: (key: string) => void;
  readonly onOpen: (key: string) => void;
  readonly onChoose: (key: string) => void;
}

export const GridRow = memo(function GridRow(props: GridRowProps): ReactNode {
  const { row, index, isCurrent, isOpen, isChosen, isMarked, isGone, onOpen } = props;
  const { node, level, position, siblings, unfolded } = row;
  const canOpen = node.kind === 'function' || node.kind === 'slot';
  return (
    <div
      role="row"
      id={rowId(node.key)}
      data-key={node.key}
      data-kind={node.kind}
      data-marked={isMarked ? '' : undefined}
      data-gone={isGone ? '' : undefined}
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-rowindex={index + 2}
      aria-expanded={unfolded ?? undefined}
      aria-selected={node.kind === 'function' ? isChosen : undefined}
      aria-current={isOpen ? 'true' : undefined}
      tabIndex={isCurrent ? 0 : -1}
      className="row"
      onClick={canOpen ? () => onOpen(node.key) : undefined}
    >
      <div role="rowheader" className="cell cell-name" aria-colspan={canOpen || node.kind === 'virtual functions' ? undefined : 6}>
        <Rails level={level} />
        <Fold {...props} />
        <NameOf {...props} />
      </div>
      <Cells {...props} />
    </div>
  );
});

/** The same for the same key, and without what an id may not have. */
export function rowId(key: string): string {
  return `row-${key.replaceAll(/[^\w.-]/g, '_')}`;
}

function Rails({ level }: { readonly level: number }): ReactNode {
  return Array.from({ length: level - 1 }, (_, at) => <span key={at} className="rail" aria-hidden="true" />);
}

function Fold({ row: { node, unfolded }, onFold }: GridRowProps): ReactNode {
  if (unfolded === null) return <span className="fold-none" aria-hidden="true" />;
  return (
    <span
      className={unfolded ? 'fold unfolded' : 'fold'}
      aria-hidden="true"
      onClick={(event) => {
        event.stopPropagation();
        onFold(node.key);
      }}
    >
      <svg viewBox="0 0 12 12">
        <path d="M4 2 9 6 4 10" />
      </svg>
    </span>
  );
}

function NameOf({ row: { node }, idsFirst, isChosen, onChoose }: GridRowProps): ReactNode {
  switch (node.kind) {
    case 'function': {
      const { hostAddress, fid } = node.function;
      const ids = idWords(node.function);
      return (
        <>
          <input
            type="checkbox"
            tabIndex={-1}
            checked={isChosen}
            aria-label={`choose ${hostAddress}`}
            onClick={(event) => event.stopPropagation()}
            onChange={() => onChoose(node.key)}
          />
          <span className="mono">
            {idsFirst && fid !== null ? <strong>{ids} </strong> : null}
            {node.behind.length === 0 ? null : <span className="faint">{node.behind.map((bridge) => `${bridge.replace(/^0000:/, '')} › `).join('')}</span>}
            {hostAddress}
          </span>
        </>
      );
    }
    case 'slot':
      return (
        <span className="mono">
          <strong>{idWords(node.slot)}</strong>
        </span>
      );
    case 'channel':
      return (
        <span>
          <strong>PCHID {node.pchid ?? 'not known'}</strong> <span className="faint">{node.words}</span>
        </span>
      );
    case 'port':
      return <span>port {node.port}</span>;
    case 'virtual functions':
      return <span>{node.words}</span>;
    case 'group':
      return (
        <span>
          <strong>{node.iommuGroup === null ? 'no IOMMU group' : `group ${node.iommuGroup}`}</strong> <span className="faint">{node.words}</span>
        </span>
      );
  }
}

function Cells({ row: { node, bracket }, held, isGone }: GridRowProps): ReactNode {
  switch (node.kind) {
    case 'function': {
      const { verdict, driver, answers } = node.function;
      return (
        <>
          <div role="gridcell" className="cell cell-verdict">
            {isGone ? <strong>gone</strong> : <VerdictMark mark={verdict} />}
          </div>
          <div role="gridcell" className="cell cell-what">
            {nameOf(node.function)}
            {answers ? null : <span className="warning-text"> does not answer</span>}
          </div>
          <div role="gridcell" className="cell cell-use">
            {useWords(node.function, held)}
          </div>
          <div role="gridcell" className="cell cell-driver mono">
            {driver ?? <span className="faint">no driver</span>}
          </div>
          <div role="gridcell" className="cell cell-group" data-bracket={bracket ?? undefined}>
            {groupWords(node.function)}
            {node.function.companions.length === 0 ? null : <span className="visually-hidden">, functions that go together</span>}
          </div>
        </>
      );
    }
    case 'slot':
      return (
        <>
          <div role="gridcell" className="cell cell-verdict">
            {isGone ? <strong>configured</strong> : <VerdictMark mark="standby" />}
          </div>
          <div role="gridcell" className="cell cell-what">
            {slotName(node.slot)}
          </div>
          <div role="gridcell" className="cell cell-use">
            {isGone ? 'its function is there now' : 'power off'}
            {node.slot.uid === null ? '' : `, uid ${shortId(node.slot.uid)}`}
          </div>
          <div role="gridcell" className="cell cell-driver" />
          <div role="gridcell" className="cell cell-group" />
        </>
      );
    case 'virtual functions':
      return (
        <div role="gridcell" className="cell cell-strip" aria-colspan={5}>
          <Strip node={node} />
        </div>
      );
    default:
      return null;
  }
}

/** A small cell for each virtual function, so that a look shows how many are left. Its words are those beside it. */
function Strip({ node }: { readonly node: Extract<HostRow['node'], { kind: 'virtual functions' }> }): ReactNode {
  return (
    <span className="strip" aria-hidden="true">
      {node.functions.map(({ hostAddress, verdict }) => (
        <span key={hostAddress} className={`strip-cell strip-${verdict.replaceAll(' ', '-')}`} title={`${hostAddress} ${verdict}`} />
      ))}
    </span>
  );
}
