/** The functions of the host as a treegrid. Rows that are far below come when somebody gets near them: a host may have a thousand. */
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Holders } from './holders.ts';
import { gridMove } from './grid-keys.ts';
import { GridRow, rowId } from './grid-row.tsx';
import type { HostRow } from './rows.ts';
import './host-grid.css';

const COLUMNS = ['Function', 'Verdict', 'What it is', 'Used by', 'Driver', 'Group'] as const;
const NO_HOLDERS: Holders extends ReadonlyMap<string, infer Held> ? Held : never = [];

/** More than a tall screen has. */
const FIRST_ROWS = 60;
const MORE_ROWS = 120;

export interface HostGridProps {
  readonly rows: readonly HostRow[];
  readonly holders: Holders;
  readonly open: string | null;
  readonly chosen: ReadonlySet<string>;
  readonly marked: ReadonlySet<string>;
  /** Rows that are shown in their place although nothing is there any more. */
  readonly gone: ReadonlySet<string>;
  readonly idsFirst: boolean;
  readonly onFold: (key: string) => void;
  readonly onOpen: (key: string) => void;
  readonly onChoose: (key: string) => void;
  readonly onGive: (key: string) => void;
  readonly onTakeBack: (key: string) => void;
  /** The focus comes to the rows, and leaves them. */
  readonly onEnter: () => void;
  readonly onLeave: () => void;
}

export function HostGrid(props: HostGridProps): ReactNode {
  const { rows, holders, open, chosen, marked, gone, idsFirst, onFold, onOpen, onChoose, onEnter, onLeave } = props;
  const [current, setCurrent] = useState<string | null>(open);
  const [limit, setLimit] = useState(FIRST_ROWS);
  const grid = useRef<HTMLDivElement>(null);
  const wanted = useRef<string | null>(null);
  const currentKey = rows.some(({ node }) => node.key === current) ? current : (rows[0]?.node.key ?? null);
  const shown = useMemo(() => rows.slice(0, limit), [rows, limit]);

  const focusRow = useCallback(
    (key: string) => {
      const at = rows.findIndex(({ node }) => node.key === key);
      setLimit((before) => Math.max(before, at + FIRST_ROWS));
      setCurrent(key);
      wanted.current = key;
    },
    [rows],
  );
  useLayoutEffect(() => {
    if (wanted.current === null) return;
    const row = document.getElementById(rowId(wanted.current));
    if (row === null) return;
    wanted.current = null;
    row.focus();
    row.scrollIntoView({ block: 'nearest' });
  });

  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (end.current === null || shown.length === rows.length) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setLimit((before) => before + MORE_ROWS);
      },
      { rootMargin: '800px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [shown.length, rows.length]);

  const act = (event: KeyboardEvent): void => {
    // In the box that chooses a row, a blank is the box's.
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const move = gridMove(event.key, rows, currentKey);
    if (move === null) return;
    event.preventDefault();
    const { onGive, onTakeBack } = props;
    const acts = { row: focusRow, fold: onFold, unfold: onFold, open: onOpen, give: onGive, 'take back': onTakeBack, choose: onChoose };
    acts[move.to](move.key);
  };

  return (
    <div
      ref={grid}
      role="treegrid"
      aria-label="Functions of the host"
      aria-multiselectable="true"
      aria-rowcount={rows.length + 1}
      aria-colcount={COLUMNS.length}
      className="grid"
      onKeyDown={act}
      onFocus={({ target }) => {
        onEnter();
        setCurrent(target.closest('[data-key]')?.getAttribute('data-key') ?? current);
      }}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) onLeave();
      }}
    >
      <div role="row" aria-rowindex={1} className="row row-head">
        {COLUMNS.map((column) => (
          <div key={column} role="columnheader" className="cell">
            {column}
          </div>
        ))}
      </div>
      {shown.map((row, index) => {
        const { key } = row.node;
        const known = row.node.kind === 'function' ? row.node.function.hostAddress : row.node.kind === 'slot' ? row.node.slot.fid : '';
        return (
          <GridRow
            key={key}
            row={row}
            index={index}
            held={holders.get(known) ?? NO_HOLDERS}
            isCurrent={key === currentKey}
            isOpen={key === open}
            isChosen={chosen.has(key)}
            isMarked={marked.has(known)}
            isGone={gone.has(key)}
            idsFirst={idsFirst}
            onFold={onFold}
            onOpen={onOpen}
            onChoose={onChoose}
          />
        );
      })}
      {shown.length < rows.length ? <div ref={end} className="grid-end" /> : null}
    </div>
  );
}
