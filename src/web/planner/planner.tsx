/** Definition and host in; problems, addresses, devices out. Nothing leaves the browser. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { validateDomain } from '../../addressing/validate.ts';
import type { CreateEditor, Editor } from './editor/editor.ts';

export interface PlannerProps {
  /** The editor comes apart from the page: it is as large as all the rest. */
  readonly loadEditor: () => Promise<CreateEditor>;
}

export function Planner({ loadEditor }: PlannerProps): ReactNode {
  const [text, setText] = useState('');
  const place = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(undefined);
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const create = await loadEditor();
      if (place.current !== null) editor.current = create(place.current, { label: 'Domain XML', text: '', onChange: setText });
    };
    void begin();
    return () => editor.current?.destroy();
  }, [loadEditor]);
  const problems = useMemo(() => (text === '' ? [] : validateDomain(text)), [text]);
  useEffect(() => editor.current?.showProblems(problems), [problems]);
  return (
    <main>
      <h1>Planner</h1>
      <div ref={place} />
      <ol>
        {problems.map((problem) => (
          <li key={JSON.stringify(problem)}>{problem.message}</li>
        ))}
      </ol>
    </main>
  );
}
