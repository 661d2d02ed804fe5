/** A wish file: pasted, dropped or written, with what is wrong at its lines; planned by the server then. */
import { type DragEvent, type FormEvent, type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { HostdevError, type Problem } from '../../../errors.ts';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import { decodeWish, MOST_BYTES } from '../../../wish-files/read-texts.ts';
import type { Editor } from '../../planner/editor/editor.ts';
import { bytesOf } from '../../planner/model/file-bytes.ts';
import { DefinitionEditor } from '../../planner/views/definition-editor.tsx';
import { ProblemList } from '../../planner/views/problem-list.tsx';
import { usePage } from '../context.ts';
import { EvidenceList, RefusalBox } from '../shell/refusal-box.tsx';
import { FieldOf } from './choose-step.tsx';
import { formatWish, keepText } from './kept-wish.ts';
import { usePlanning } from './use-planning.ts';
import { type Draft, FIELDS, wishOf } from './wish-fields.ts';
import { placedProblems, writtenProblems } from './wish-problems.ts';
import { wishWords } from './wish-words.ts';

const loadEditor = async () => (await import('../../planner/editor/editor.ts')).createEditor;

export default function WishFileStep({ draft }: { readonly draft: Draft }): ReactNode {
  const { refine } = usePage();
  const { plan, isPlanning, refusal } = usePlanning();
  const editor = useRef<Pick<Editor, 'goTo'>>(null);
  const [text, setText] = useState(() => (typeof draft['text'] === 'string' ? draft['text'] : ''));
  /** What was planned: what was said of it is said of no other text. */
  const [planned, setPlanned] = useState<string>();
  const [unread, setUnread] = useState<readonly Problem[]>([]);
  const name = typeof draft['file'] === 'string' ? draft['file'] : 'wish.yaml';
  const read = useDeferredValue(text);
  const wrong = useMemo(() => writtenProblems({ name, text: read }), [name, read]);
  useEffect(() => keepText(read), [read]);
  const refused = planned === text && wrong.length === 0 ? refusal : null;
  const placed = refused === null ? wrong : placedProblems(refused);
  const put = (more: Readonly<Record<string, unknown>>): void => refine({ flow: { step: 'choose', wish: formatWish({ ...draft, text, ...more }) } });
  const planIt = (more: Readonly<Record<string, unknown>>): void => {
    setPlanned(text);
    void plan(wishOf({ ...draft, ...more, text }));
  };
  const take = async (files: FileList | null): Promise<void> => {
    const [file] = files ?? [];
    if (file === undefined) return;
    try {
      const given = decodeWish(file.name, await bytesOf(file, MOST_BYTES));
      setUnread([]);
      setText(given.text);
      put({ file: given.name, text: given.text });
    } catch (error) {
      if (!(error instanceof HostdevError)) throw error;
      setUnread([error.toProblem()]);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    void take(event.dataTransfer.files);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    planIt({});
  };
  const onOpen = (line: number, column: number): void => editor.current?.goTo(line, column);
  return (
    <form onSubmit={submit} onDrop={drop} onDragOver={(event) => event.preventDefault()} className="choose wish-file">
      <h2>{wishWords({ ...draft, text })}</h2>
      <p className="faint">
        Paste a wish, drop its file here, or write it. <code>hostdev export</code> prints that of what is there now.
      </p>
      <p className="field">
        <label htmlFor="field-wish-file">Open a file</label>
        <input id="field-wish-file" type="file" accept=".yaml,.yml,.json" onChange={({ target }) => void take(target.files)} />
      </p>
      <DefinitionEditor ref={editor} text={text} kind="wish" problems={placed} loadEditor={loadEditor} onChange={setText} />
      <div role="status">
        <ProblemList problems={[...unread, ...placed]} onOpen={onOpen} />
      </div>
      {refused === null ? null : <Refused details={refused} placed={placed} />}
      <details>
        <summary>More choices</summary>
        {FIELDS.apply
          .filter(({ isNeeded }) => !isNeeded)
          .map((field) => (
            <FieldOf key={field.name} field={field} draft={draft} onChange={(value) => put({ [field.name]: value })} />
          ))}
      </details>
      <div className="actions">
        <button type="submit" className="primary" disabled={isPlanning || text.trim() === '' || wrong.length > 0}>
          {refused === null ? 'Plan' : 'Plan again'}
        </button>
        {refused?.forcible === true ? (
          <button type="button" disabled={isPlanning} onClick={() => planIt({ force: true })}>
            Plan it by force…
          </button>
        ) : null}
        <span className="faint">{text.trim() === '' ? 'Still to choose: the wish' : 'A plan changes nothing.'}</span>
      </div>
    </form>
  );
}

/** What the list of problems does not say already. */
function Refused({ details, placed }: { readonly details: ProblemDetails; readonly placed: readonly Problem[] }): ReactNode {
  if (placed.length === 0 || placed.length < details.problems.length) return <RefusalBox details={details} />;
  return <EvidenceList evidence={details.evidence.filter((chain) => !placed.some(({ message }) => message.includes(chain)))} />;
}
