/** Fields above a list of the fleet. What is typed counts when it is sent: half an id is none. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { usePage } from '../context.ts';
import { type FleetWord, type Place, START } from '../place/place.ts';

interface Field {
  readonly name: FleetWord;
  readonly label: string;
  readonly example: string;
}

interface FilterFormProps {
  /** What is typed; the first is where the key of the search leads. */
  readonly fields: readonly Field[];
  /** What is chosen. */
  readonly choices: readonly { readonly name: FleetWord; readonly label: string; readonly all: string; readonly options: readonly string[] }[];
  readonly flags: readonly { readonly name: FleetWord; readonly label: string }[];
}

export function FilterForm({ fields, choices, flags }: FilterFormProps): ReactNode {
  const { place, refine } = usePage();
  const { fleet } = place;
  const typed = Object.fromEntries(fields.map(({ name }) => [name, fleet[name]]));
  const [draft, setDraft] = useState(typed);
  const [from, setFrom] = useState(fleet);
  // Somebody came by a link, or went back: the fields say what is asked for then.
  if (from !== fleet) {
    setFrom(fleet);
    setDraft(typed);
  }
  const put = (more: Partial<Place['fleet']>): void => refine({ fleet: { ...fleet, ...draft, ...more } });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    put({});
  };
  const isEmpty = [...fields, ...choices, ...flags].every(({ name }) => fleet[name] === '');
  return (
    <form role="search" className="fleet-filters" onSubmit={submit}>
      {choices.map(({ name, label, all, options }) => (
        <label key={name}>
          {label}
          <select value={fleet[name]} onChange={({ target }) => put({ [name]: target.value })}>
            <option value="">{all}</option>
            {[...new Set([...options, ...(fleet[name] === '' ? [] : [fleet[name]])])].map((option) => (
              <option key={option} value={option}>
                {option}
              </option>
            ))}
          </select>
        </label>
      ))}
      {fields.map(({ name, label, example }, at) => (
        <label key={name}>
          {label}
          <input
            id={at === 0 ? 'search' : undefined}
            value={draft[name] ?? ''}
            placeholder={example}
            spellCheck={false}
            autoComplete="off"
            onChange={({ target }) => setDraft((before) => ({ ...before, [name]: target.value }))}
          />
        </label>
      ))}
      {flags.map(({ name, label }) => (
        <label key={name} className="fleet-flag">
          <input type="checkbox" checked={fleet[name] === 'true'} onChange={({ target }) => put({ [name]: target.checked ? 'true' : '' })} />
          {label}
        </label>
      ))}
      <button type="submit">Search</button>
      {isEmpty ? null : (
        <button type="button" onClick={() => refine({ fleet: { ...START.fleet, part: fleet.part } })}>
          Clear
        </button>
      )}
    </form>
  );
}
