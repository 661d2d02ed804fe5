/** Definition and host in; problems, addresses, devices and steps out. Nothing leaves the browser. */
import { type DragEvent, type ReactNode, useRef } from 'react';
import type { Problem } from '../../errors.ts';
import { Tabs } from '../design/tabs.tsx';
import type { CreateEditor, Editor } from './editor/editor.ts';
import { droppedFiles } from './model/dropped-files.ts';
import type { LoadValidator } from './model/schemas.ts';
import { type PlannerState, usePlanner } from './model/use-planner.ts';
import { Addresses } from './views/addresses.tsx';
import { CommandTexts } from './views/command-texts.tsx';
import { DefinitionEditor } from './views/definition-editor.tsx';
import { GuestTree } from './views/guest-tree.tsx';
import { HostFunctions } from './views/host-functions.tsx';
import { ProblemList } from './views/problem-list.tsx';
import { Printed } from './views/printed.tsx';
import { Toolbar } from './views/toolbar.tsx';
import { WishPlan } from './views/wish-plan.tsx';
import { isWish } from './model/definition.ts';
import { wishTexts } from './model/wish-texts.ts';
import './planner.css';

export interface PlannerProps {
  /** The editor comes apart from the page: it is as large as all the rest. */
  readonly loadEditor: () => Promise<CreateEditor>;
  /** What asks libvirt's schemas; undefined where the page forbids WebAssembly. */
  readonly loadValidator?: LoadValidator;
}

export function Planner({ loadEditor, loadValidator }: PlannerProps): ReactNode {
  const planner = usePlanner(loadValidator);
  const editor = useRef<Pick<Editor, 'goTo'>>(null);
  const onOpen = (line: number, column: number): void => editor.current?.goTo(line, column);
  const { definition, look, wish, told, edit, open } = planner;
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    void open(droppedFiles(event.dataTransfer));
  };
  return (
    <div className="planner" onDrop={onDrop} onDragOver={(event) => event.preventDefault()}>
      <Toolbar planner={planner} canAskSchemas={loadValidator !== undefined} />
      <div className="columns">
        <section aria-labelledby="planner-definition" className="definition">
          <h2 id="planner-definition" className="mono">
            {definition.name}
          </h2>
          <DefinitionEditor
            ref={editor}
            text={definition.text}
            kind={isWish(definition) ? 'wish' : 'definition'}
            problems={problemsOf(planner)}
            loadEditor={loadEditor}
            onChange={edit}
          />
          <div role="status">{told.length === 0 ? null : <ProblemList problems={told} onOpen={onOpen} />}</div>
          <div role="status">
            <h2>{summary(planner)}</h2>
          </div>
          <ProblemList problems={problemsOf(planner)} onOpen={onOpen} />
        </section>
        <section aria-label="Results" data-of={look?.definition.name ?? wish?.wish.name}>
          <Results planner={planner} onOpen={onOpen} />
        </section>
      </div>
    </div>
  );
}

interface ResultsProps {
  readonly planner: PlannerState;
  readonly onOpen: (line: number, column: number) => void;
}

function Results({ planner: { look, wish, host, attach }, onOpen }: ResultsProps): ReactNode {
  const onAttach = (address: string): void => void attach(address);
  if (wish !== undefined) {
    const ofWish = [
      { name: 'Plan', content: () => <WishPlan look={wish} onOpen={onOpen} /> },
      { name: 'Host', content: () => <HostFunctions look={undefined} host={host} onAttach={onAttach} /> },
      { name: 'As printed', content: () => wishTexts(wish, host.name).map((text) => <Printed key={text.command} {...text} />) },
    ];
    return <Tabs label="Results" tabs={ofWish} />;
  }
  if (look === undefined) return null;
  const tabs = [
    { name: 'Addresses', content: () => <Addresses look={look} onOpen={onOpen} /> },
    { name: 'Guest', content: () => <GuestTree result={look.topology} onOpen={onOpen} /> },
    { name: 'Host', content: () => <HostFunctions look={look} host={host} onAttach={onAttach} /> },
    { name: 'QEMU', content: () => <CommandTexts look={look} commands={['args']} /> },
    { name: 'As printed', content: () => <CommandTexts look={look} commands={['expand', 'validate', 'args']} /> },
  ];
  return <Tabs label="Results" tabs={tabs} />;
}

const problemsOf = ({ look, wish }: PlannerState): readonly Problem[] => look?.problems ?? wish?.problems ?? NONE;
const NONE: readonly Problem[] = [];

function summary(planner: PlannerState): string {
  const problems = problemsOf(planner);
  if (planner.look === undefined && planner.wish === undefined) return 'Looking…';
  if (problems.length === 0) return 'Nothing wrong found';
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const count = (number: number, word: string): string[] => (number === 0 ? [] : [`${number} ${word}${number === 1 ? '' : 's'}`]);
  return [...count(errors, 'error'), ...count(problems.length - errors, 'warning')].join(', ');
}
