/** The functions of the host: search, layouts, rows, and the panel of what is open. */
import { type ReactNode, useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { usePage } from '../context.ts';
import { Panel } from '../shell/panel.tsx';
import { hasChannels } from './channel-tree.ts';
import { countWords, counted } from './count.ts';
import { filterTree, isEmpty } from './filter.ts';
import { Filters } from './filters.tsx';
import { FunctionPanel } from './function-panel.tsx';
import { HostGrid } from './host-grid.tsx';
import { hostTree } from './host-tree.ts';
import { holdersOf } from './holders.ts';
import { rowId } from './grid-row.tsx';
import { KeyList } from './key-list.tsx';
import { useMarks } from './marks.ts';
import { leavesOf, slotKey } from './node.ts';
import { ReadinessPanel } from './readiness-panel.tsx';
import { visibleRows } from './rows.ts';
import { SlotPanel } from './slot-panel.tsx';
import { useHeldTree } from './use-held-tree.ts';
import { useViewKeys } from '../shell/use-view-keys.ts';

const NONE: ReadonlySet<string> = new Set();

export function HostView(): ReactNode {
  const { state, place, known, go, refine, begin } = usePage();
  const { functions, slots, guests } = state;
  const { layout, verdict, classWord, guest, open } = place;
  // Letters are shown at once; rows follow when there is time for them.
  const search = useDeferredValue(place.search);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(NONE);
  const marked = useMarks(known.changed);
  const holders = useMemo(() => holdersOf(guests), [guests]);
  const tree = useMemo(() => hostTree({ functions, slots }, layout), [functions, slots, layout]);
  const filter = useMemo(() => ({ search, verdict, classWord, guest }), [search, verdict, classWord, guest]);
  const found = useMemo(() => filterTree(tree, filter, holders), [tree, filter, holders]);
  const held = useHeldTree({ functions, slots, found, asked: JSON.stringify([layout, filter]) });
  const { tree: shown, gone, coming } = held;
  const toggled = useMemo(() => new Set(place.toggled), [place.toggled]);
  const rows = useMemo(() => visibleRows(shown, toggled, isEmpty(filter) ? 'as chosen' : 'all'), [shown, toggled, filter]);
  const leaves = useMemo(() => new Set(found.flatMap(leavesOf).map(({ key }) => key)).size, [found]);

  const fold = useCallback(
    (key: string) => refine({ toggled: toggled.has(key) ? [...toggled].filter((each) => each !== key) : [...toggled, key] }),
    [refine, toggled],
  );
  const show = useCallback((key: string) => go({ open: key }), [go]);
  const close = useCallback(() => {
    if (open !== null) document.getElementById(rowId(open))?.focus();
    refine({ open: null });
  }, [refine, open]);
  const choose = useCallback((key: string) => setChosen((before) => toggle(before, key)), []);
  const give = useCallback((key: string) => begin({ verb: 'attach', functions: chosen.has(key) ? [...chosen] : [key] }), [begin, chosen]);
  const takeBack = useCallback(
    (key: string) => {
      const held = holders.get(key) ?? [];
      begin({ verb: 'detach', functions: [key], ...(held[0] === undefined ? {} : { guest: held[0].guest }) });
    },
    [begin, holders],
  );
  const { isHelpShown, hideHelp } = useViewKeys(close);
  // A function that has gone cannot be given.
  useEffect(() => {
    const there = new Set(functions.map(({ hostAddress }) => hostAddress));
    setChosen((before) => ([...before].every((each) => there.has(each)) ? before : new Set([...before].filter((each) => there.has(each)))));
  }, [functions]);

  const words = [
    isEmpty(filter) ? countWords(functions, 'function') : `${counted(leaves, 'row')} found`,
    // They would move the rows that somebody is among.
    ...(coming === 0 ? [] : [`${counted(coming, 'row')} more when you leave the rows`]),
  ].join(' · ');
  const isOpen = open !== null;
  return (
    <>
      <h2 className="visually-hidden">Host</h2>
      <Filters found={words} />
      {isHelpShown ? <KeyList onClose={hideHelp} /> : null}
      <div className={isOpen ? 'beside beside-open' : 'beside'}>
        <div>
          <ChosenBar chosen={[...chosen]} onClear={() => setChosen(NONE)} />
          {rows.length === 0 ? (
            <p>{functions.length === 0 ? 'This host has no PCI functions.' : 'Nothing matches.'}</p>
          ) : (
            <HostGrid
              {...{ rows, holders, open, chosen, marked, gone }}
              idsFirst={hasChannels(functions, slots)}
              onFold={fold}
              onOpen={show}
              onChoose={choose}
              onGive={give}
              onTakeBack={takeBack}
              onEnter={held.hold}
              onLeave={held.release}
            />
          )}
        </div>
        {open === null ? null : <OpenPanel open={open} onClose={close} held={holders.get(open) ?? []} />}
      </div>
    </>
  );
}

function OpenPanel({
  open,
  onClose,
  held,
}: {
  readonly open: string;
  readonly onClose: () => void;
  readonly held: Parameters<typeof FunctionPanel>[0]['held'];
}): ReactNode {
  const { state } = usePage();
  const slot = state.slots.find(({ fid }) => slotKey(fid) === open);
  if (open === 'readiness') {
    return (
      <Panel title="Readiness" onClose={onClose}>
        <ReadinessPanel />
      </Panel>
    );
  }
  return (
    <Panel title={open} onClose={onClose}>
      {slot === undefined ? <FunctionPanel address={open} held={held} /> : <SlotPanel slot={slot} />}
    </Panel>
  );
}

function ChosenBar({ chosen, onClear }: { readonly chosen: readonly string[]; readonly onClear: () => void }): ReactNode {
  const { begin } = usePage();
  if (chosen.length === 0) return null;
  return (
    <div className="actions" role="group" aria-label="What is chosen">
      <strong>{counted(chosen.length, 'function')} chosen</strong>
      <button type="button" className="primary" onClick={() => begin({ verb: 'attach', functions: chosen })}>
        Give to a guest…
      </button>
      <button type="button" onClick={() => begin({ verb: 'prepare', functions: chosen })}>
        Prepare…
      </button>
      <button type="button" onClick={() => begin({ verb: 'release', functions: chosen })}>
        Release…
      </button>
      <button type="button" onClick={onClear}>
        None
      </button>
    </div>
  );
}

function toggle(before: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const after = new Set(before);
  if (!after.delete(key)) after.add(key);
  return after;
}
