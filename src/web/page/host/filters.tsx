/** Search and filters above the rows. Each choice says how many there are. */
import type { ReactNode } from 'react';
import { VERDICTS } from '../../../state/verdict.ts';
import { usePage } from '../context.ts';
import { LAYOUTS, type Place, START } from '../place/place.ts';
import { isEmpty } from './filter.ts';
import './filters.css';

interface Choice {
  readonly label: string;
  readonly all: string;
  readonly value: string | null;
  readonly options: readonly string[];
  readonly onChange: (value: string | null) => void;
}

export function Filters({ found }: { readonly found: string }): ReactNode {
  const { place, state, refine } = usePage();
  const { search, verdict, classWord, guest, layout } = place;
  const verdicts = [...VERDICTS, ...(state.slots.some((slot) => slot.state === 'standby') ? ['standby'] : [])];
  const classes = [...new Set(state.functions.map((each) => each.classWord))].toSorted();
  const holding = state.guests.filter(({ functions }) => functions.length > 0).map((each) => each.guest);
  return (
    <div className="filters" role="search">
      <label>
        <span className="visually-hidden">Search functions (press /)</span>
        <input id="search" type="search" placeholder="Search ( / )" value={search} onChange={(event) => refine({ search: event.target.value })} />
      </label>
      <Chooser
        {...{ label: 'Verdict', all: 'every verdict', value: verdict, options: verdicts, onChange: (value) => refine({ verdict: value as Place['verdict'] }) }}
      />
      <Chooser {...{ label: 'Class', all: 'every class', value: classWord, options: classes, onChange: (value) => refine({ classWord: value }) }} />
      {holding.length === 0 && guest === null ? null : (
        <Chooser {...{ label: 'Guest', all: 'every guest', value: guest, options: holding, onChange: (value) => refine({ guest: value }) }} />
      )}
      <span role="status" className="faint">
        {found}
      </span>
      {isEmpty(place) ? null : (
        <button type="button" onClick={() => refine({ search: START.search, verdict: null, classWord: null, guest: null })}>
          Clear
        </button>
      )}
      <fieldset className="layouts">
        <legend className="visually-hidden">Shown as</legend>
        {LAYOUTS.map((each) => (
          <button key={each} type="button" aria-pressed={layout === each} onClick={() => refine({ layout: each })}>
            {each[0]?.toUpperCase() + each.slice(1)}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function Chooser({ label, all, value, options, onChange }: Choice): ReactNode {
  const known = value === null || options.includes(value) ? options : [...options, value];
  return (
    <label>
      <span className="visually-hidden">{label}</span>
      <select value={value ?? ''} onChange={(event) => onChange(event.target.value === '' ? null : event.target.value)}>
        <option value="">{all}</option>
        {known.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
