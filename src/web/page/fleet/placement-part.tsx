/** Which hosts can run a definition: pasted, dropped, written, or that of a guest of this host. */
import { type DragEvent, type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { HostdevError, type Problem } from '../../../errors.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { decodeXml } from '../../../xml/encoding.ts';
import { bytesOf } from '../../planner/model/file-bytes.ts';
import { DefinitionEditor } from '../../planner/views/definition-editor.tsx';
import { ProblemList as WrittenProblems } from '../../planner/views/problem-list.tsx';
import type { Placed } from '../connection/api.ts';
import { detailsOf } from '../connection/refusal.ts';
import { usePage } from '../context.ts';
import { newest } from '../shell/newest.ts';
import { RefusalBox } from '../shell/refusal-box.tsx';
import { PlacementTable } from './placement-table.tsx';

const loadEditor = async () => (await import('../../planner/editor/editor.ts')).createEditor;

/** A file of more is no definition, and would keep the tab busy. */
const MOST_BYTES = 2 * 1024 * 1024;

/** What somebody has written stays while he looks at other views. */
const kept = { text: '', file: 'guest.xml', guest: '' };

export function PlacementPart(): ReactNode {
  const { api, state } = usePage();
  const [text, setText] = useState(kept.text);
  const [file, setFile] = useState(kept.file);
  const [guest, setGuest] = useState(kept.guest);
  const [unread, setUnread] = useState<readonly Problem[]>([]);
  const [placed, setPlaced] = useState<Placed>();
  const [refusal, setRefusal] = useState<ProblemDetails>();
  const [isLooking, setLooking] = useState(false);
  useEffect(() => void Object.assign(kept, { text, file, guest }), [text, file, guest]);
  const [asked] = useState(newest);
  /** What was asked for, or is being looked for, was another definition. */
  const forget = (): void => {
    asked.forget();
    setLooking(false);
    setPlaced(undefined);
    setRefusal(undefined);
  };
  const take = async (files: FileList | null): Promise<void> => {
    const [given] = files ?? [];
    if (given === undefined) return;
    try {
      const bytes = await bytesOf(given, MOST_BYTES);
      if (bytes === undefined)
        throw new HostdevError('xml-too-large', `${given.name} has more than ${MOST_BYTES} bytes`, { hint: 'no definition is so large' });
      setText(decodeXml(bytes, given.name).text);
      setFile(given.name);
      setGuest('');
      setUnread([]);
      forget();
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      setUnread([error.toProblem()]);
    }
  };
  const look = async (): Promise<void> => {
    const isNewest = asked.ask();
    setLooking(true);
    const found = await api.fleet.place(guest === '' ? { verb: 'place', text, file } : { verb: 'place guest', guest }).catch(detailsOf);
    if (!isNewest()) return;
    setLooking(false);
    setPlaced('items' in found ? found : undefined);
    setRefusal('items' in found ? undefined : found);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void look();
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    void take(event.dataTransfer.files);
  };
  return (
    <>
      <form className="place-source" onSubmit={submit} onDrop={drop} onDragOver={(event) => event.preventDefault()}>
        <p className="faint">
          A domain XML, or a guest of this host. A <code>&lt;source&gt;</code> may name <code>mapping=</code> or <code>match=</code>. Nothing is claimed by
          looking.
        </p>
        <div className="fleet-filters">
          <label>
            Definition
            <select
              value={guest}
              onChange={({ target }) => {
                setGuest(target.value);
                forget();
              }}
            >
              <option value="">the text below</option>
              {state.guests.map((each) => (
                <option key={each.uuid} value={each.guest}>
                  {`that of ${each.guest}`}
                </option>
              ))}
            </select>
          </label>
          <label>
            Open a file
            <input type="file" accept=".xml" onChange={({ target }) => void take(target.files)} />
          </label>
        </div>
        {guest === '' ? (
          <DefinitionEditor
            ref={null}
            text={text}
            kind="definition"
            problems={refusal === undefined ? [] : placesOf(refusal)}
            loadEditor={loadEditor}
            onChange={(next) => {
              setText(next);
              if (next !== text) forget();
            }}
          />
        ) : null}
        <WrittenProblems problems={unread} onOpen={() => undefined} />
        <div className="actions">
          <button type="submit" className="primary" disabled={isLooking || (guest === '' && text.trim() === '')}>
            Find hosts
          </button>
          <span role="status" className="faint">
            {isLooking ? 'Looking at every host…' : guest === '' && text.trim() === '' ? 'Still to choose: the definition' : ''}
          </span>
        </div>
      </form>
      {refusal === undefined ? null : <RefusalBox details={refusal} />}
      {placed === undefined ? null : <PlacementTable key={placed.id} first={placed} />}
    </>
  );
}

/** Where in the text something is wrong, for the editor. */
function placesOf({ problems }: ProblemDetails): readonly Problem[] {
  return problems.flatMap(({ location, code, severity, subject, message }) =>
    location === null
      ? []
      : [
          {
            code: code as Problem['code'],
            severity,
            message,
            ...(subject === null ? {} : { subject }),
            location: { ...location, file: location.file ?? undefined },
          } as Problem,
        ],
  );
}
