/** The editor's place: a plain field until the editor is there, and where it cannot be had. */
import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import type { Problem } from '../../../errors.ts';
import type { CreateEditor, Editor, TextKind } from '../editor/editor.ts';
import './definition-editor.css';

interface DefinitionEditorProps {
  readonly text: string;
  readonly kind: TextKind;
  readonly problems: readonly Problem[];
  readonly loadEditor: () => Promise<CreateEditor>;
  readonly onChange: (text: string) => void;
  readonly ref: Ref<Pick<Editor, 'goTo'>>;
}

/** What a screen reader calls the text. */
const LABELS = { definition: 'Domain XML', wish: 'Wish' } as const;

export function DefinitionEditor({ text, kind, problems, loadEditor, onChange, ref }: DefinitionEditorProps): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const [editor, setEditor] = useState<Editor>();
  // The editor is made once, and calls what is wanted at that time.
  const latest = useRef({ text, kind, onChange });
  latest.current = { text, kind, onChange };
  useEffect(() => {
    let made: Editor | undefined;
    let isGone = false;
    const begin = async (): Promise<void> => {
      const create = await loadEditor().catch(() => undefined);
      if (isGone || create === undefined || place.current === null) return;
      const { text: given, kind: first } = latest.current;
      made = create(place.current, { text: given, kind: first, label: LABELS[first], onChange: (next) => latest.current.onChange(next) });
      setEditor(made);
    };
    void begin();
    return () => {
      isGone = true;
      made?.destroy();
    };
  }, [loadEditor]);
  useEffect(() => editor?.setText(text), [editor, text]);
  useEffect(() => editor?.setKind(kind, LABELS[kind]), [editor, kind]);
  useEffect(() => editor?.showProblems(problems), [editor, problems]);
  useImperativeHandle(ref, () => ({ goTo: (line, column) => editor?.goTo(line, column) }), [editor]);
  return (
    <div className="definition-editor">
      <div ref={place} hidden={editor === undefined} className="editor" />
      {editor === undefined ? <textarea aria-label={LABELS[kind]} value={text} spellCheck={false} onChange={(event) => onChange(event.target.value)} /> : null}
    </div>
  );
}
