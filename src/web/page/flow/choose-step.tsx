/** What is asked for, filled in. The list of functions stays whole: whatever would be refused says why. */
import { type FormEvent, type ReactNode, useState } from 'react';
import { usePage } from '../context.ts';
import { FunctionChoice } from './function-choice.tsx';
import { type Draft, type Field, FIELDS, missingFields } from './wish-fields.ts';
import { wishWords } from './wish-words.ts';

export function ChooseStep({ draft }: { readonly draft: Draft }): ReactNode {
  const { go, refine } = usePage();
  const put = (name: string, value: unknown): void => refine({ flow: { step: 'choose', wish: JSON.stringify({ ...draft, [name]: value }) } });
  const missing = missingFields(draft);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (missing.length === 0) go({ flow: { step: 'check', wish: JSON.stringify(draft) } });
  };
  const fields = FIELDS[draft.verb];
  // Where nothing has to be chosen any more, what may be is all there is.
  const [isOpen] = useState(missing.length === 0 || fields.some(({ name, isNeeded }) => !isNeeded && draft[name] !== undefined));
  return (
    <form onSubmit={submit} className="choose">
      <h2>{wishWords(draft)}</h2>
      {fields
        .filter(({ isNeeded }) => isNeeded)
        .map((field) => (
          <FieldOf key={field.name} field={field} draft={draft} onChange={(value) => put(field.name, value)} />
        ))}
      {fields.every(({ isNeeded }) => isNeeded) ? null : (
        <details open={isOpen}>
          <summary>More choices</summary>
          {fields
            .filter(({ isNeeded }) => !isNeeded)
            .map((field) => (
              <FieldOf key={field.name} field={field} draft={draft} onChange={(value) => put(field.name, value)} />
            ))}
        </details>
      )}
      <div className="actions">
        <button type="submit" className="primary" disabled={missing.length > 0}>
          Check
        </button>
        <span role="status" className="faint">
          {missing.length === 0 ? 'Nothing is changed by looking.' : `Still to choose: ${missing.join(', ')}`}
        </span>
      </div>
    </form>
  );
}

interface FieldProps {
  readonly field: Field;
  readonly draft: Draft;
  readonly onChange: (value: unknown) => void;
}

export function FieldOf({ field, draft, onChange }: FieldProps): ReactNode {
  const value = draft[field.name];
  const id = `field-${field.name}`;
  switch (field.kind) {
    case 'guest':
      return <GuestField {...{ id, label: field.label, value: String(value ?? ''), onChange }} />;
    case 'functions':
      return <FunctionChoice {...{ legend: field.label, draft, chosen: Array.isArray(value) ? (value as string[]) : [], onChange }} many />;
    case 'function':
      return <FunctionChoice {...{ legend: field.label, draft, chosen: typeof value === 'string' ? [value] : [], onChange: ([only]) => onChange(only) }} />;
    case 'slots':
      return <SlotField {...{ legend: field.label, chosen: Array.isArray(value) ? (value as string[]) : [], onChange }} />;
    case 'flag':
      return (
        <p className="field field-flag">
          <input id={id} type="checkbox" checked={value === true} onChange={(event) => onChange(event.target.checked ? true : undefined)} />
          <label htmlFor={id}>{field.label}</label>
        </p>
      );
    case 'switch':
      return (
        <p className="field">
          <label htmlFor={id}>{field.label}</label>
          <select
            id={id}
            value={value === undefined ? '' : String(value)}
            onChange={({ target }) => onChange(target.value === '' ? undefined : target.value === 'true')}
          >
            <option value="">{field.otherwise}</option>
            <option value="true">on</option>
            <option value="false">off</option>
          </select>
        </p>
      );
    case 'scope':
      return (
        <p className="field">
          <label htmlFor={id}>{field.label}</label>
          <select id={id} value={String(value ?? '')} onChange={(event) => onChange(event.target.value || undefined)}>
            <option value="">{field.otherwise}</option>
            {['live', 'config', 'live and config', 'persistent'].map((scope) => (
              <option key={scope} value={scope}>
                {scope}
              </option>
            ))}
          </select>
        </p>
      );
    case 'wish file':
      // It has a step of its own.
      return null;
    case 'number':
    case 'text':
      return (
        <p className="field">
          <label htmlFor={id}>{field.label}</label>
          <input
            id={id}
            type={field.kind}
            min={0}
            placeholder={field.otherwise}
            required={field.isNeeded}
            value={String(value ?? '')}
            onChange={({ target }) => onChange(target.value === '' ? undefined : field.kind === 'number' ? Number(target.value) : target.value)}
          />
        </p>
      );
  }
}

function GuestField({
  id,
  label,
  value,
  onChange,
}: {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}): ReactNode {
  const { guests, host } = usePage().state;
  return (
    <p className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} required value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{host.libvirt.reachable ? 'choose a guest' : 'no libvirt, no guests'}</option>
        {guests.map(({ guest, uuid, state }) => (
          <option key={uuid} value={guest}>
            {guest} ({state})
          </option>
        ))}
      </select>
    </p>
  );
}

function SlotField({
  legend,
  chosen,
  onChange,
}: {
  readonly legend: string;
  readonly chosen: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
}): ReactNode {
  const { slots } = usePage().state;
  return (
    <fieldset className="choice">
      <legend>{legend}</legend>
      {slots.map(({ fid, state, hostAddress, functionType }) => (
        <label key={fid} className="choice-row">
          <input
            type="checkbox"
            checked={chosen.includes(fid)}
            onChange={({ target }) => onChange(target.checked ? [...chosen, fid] : chosen.filter((each) => each !== fid))}
          />
          <span className="mono">{fid}</span> {state} <span className="mono">{hostAddress}</span> <span className="faint">{functionType}</span>
        </label>
      ))}
    </fieldset>
  );
}
