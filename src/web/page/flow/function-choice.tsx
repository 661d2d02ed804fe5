/** Functions to choose from: all of them, with verdict and reason. */
import { type ReactNode, useMemo, useState } from 'react';
import { VerdictMark } from '../../design/verdict-mark.tsx';
import { usePage } from '../context.ts';
import { filterTree } from '../host/filter.ts';
import { holdersOf } from '../host/holders.ts';
import { hostTree } from '../host/host-tree.ts';
import type { ListedFunction } from '../host/node.ts';
import { groupWords, idWords, nameOf, useWords } from '../host/words.ts';
import type { Draft } from './wish-fields.ts';
import { offeredFirst, offeredInPlace } from './offered.ts';

/** More than that is searched, not scrolled. */
const SHOWN = 100;

interface FunctionChoiceProps {
  readonly legend: string;
  readonly draft: Draft;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  /** Several can be chosen. */
  readonly many?: true;
}

export function FunctionChoice({ legend, draft, chosen, onChange, many }: FunctionChoiceProps): ReactNode {
  const { state } = usePage();
  const [search, setSearch] = useState('');
  const holders = holdersOf(state.guests);
  const all = filterTree(hostTree({ functions: state.functions, slots: [] }, 'table'), { search, verdict: null, classWord: null, guest: null }, holders);
  const functions = all.flatMap((node) => (node.kind === 'function' ? [node.function] : []));
  // What is chosen comes first only when the list is opened: a row that is chosen does not jump.
  const [first] = useState(chosen);
  const now = offeredFirst(functions, { draft, first, holders });
  const opened = useMemo(() => now, [search, draft.verb, draft['guest']]);
  const ordered = offeredInPlace(opened, now, state.functions);
  const pick = (each: ListedFunction, isChosen: boolean): void => {
    const { hostAddress } = each;
    if (many === undefined) onChange([hostAddress]);
    else onChange(isChosen ? [...chosen, hostAddress] : chosen.filter((other) => other !== hostAddress));
  };
  return (
    <fieldset className="choice">
      <legend>{legend}</legend>
      <input type="search" aria-label={`Search ${legend}`} placeholder="Search" value={search} onChange={(event) => setSearch(event.target.value)} />
      <div className="choice-list">
        {ordered.slice(0, SHOWN).map(({ function: each, isGone }) => (
          <label key={each.hostAddress} className="choice-row">
            <input
              type={many === undefined ? 'radio' : 'checkbox'}
              name={legend}
              checked={chosen.includes(each.hostAddress)}
              disabled={isGone && !chosen.includes(each.hostAddress)}
              onChange={({ target }) => pick(each, target.checked)}
            />
            {isGone ? <strong>not there any more</strong> : <VerdictMark mark={each.verdict} />}
            <span className="mono">{[each.hostAddress, idWords(each)].filter(Boolean).join(' ')}</span>
            <span>{nameOf(each)}</span>
            <span className="faint">
              {[useWords(each, holders.get(each.hostAddress) ?? []), each.companions.length > 0 ? groupWords(each) : ''].filter(Boolean).join(' · ')}
            </span>
          </label>
        ))}
        {ordered.length > SHOWN ? <p className="faint">{ordered.length - SHOWN} more: search for them.</p> : null}
        {ordered.length === 0 ? <p>Nothing matches.</p> : null}
      </div>
    </fieldset>
  );
}
