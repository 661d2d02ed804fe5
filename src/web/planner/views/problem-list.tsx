/** What is wrong, in the order of the text; each leads to its place. */
import type { KeyboardEvent, ReactNode } from 'react';
import type { Problem } from '../../../errors.ts';
import './problem-list.css';

interface ProblemListProps {
  readonly problems: readonly Problem[];
  readonly onOpen: (line: number, column: number) => void;
}

export function ProblemList({ problems, onOpen }: ProblemListProps): ReactNode {
  return (
    <ol className="problem-list" onKeyDown={walk}>
      {problems.map((problem) => (
        <li key={`${problem.code} ${problem.message} ${problem.location?.line}:${problem.location?.column}`} className={`problem ${problem.severity}`}>
          <ProblemTitle problem={problem} onOpen={onOpen} />
          {problem.hint === undefined ? null : <p className="problem-hint">{problem.hint}</p>}
        </li>
      ))}
    </ol>
  );
}

function ProblemTitle({ problem, onOpen }: Omit<ProblemListProps, 'problems'> & { readonly problem: Problem }): ReactNode {
  const { severity, message, code, location, subject } = problem;
  const words = (
    <>
      <span className="severity">{severity}</span> {message} <code className="faint">[{code}]</code>
    </>
  );
  if (location === undefined) {
    return (
      <p>
        <span className="mono faint">{subject ?? ''}</span> {words}
      </p>
    );
  }
  const { line, column } = location;
  return (
    <button type="button" onClick={() => onOpen(line, column)}>
      <span className="mono faint" aria-label={`line ${line}, column ${column}`}>
        {line}:{column}
      </span>{' '}
      {words}
    </button>
  );
}

/** Up and down, as in any list; Enter goes to the place. */
function walk(event: KeyboardEvent<HTMLOListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const next = buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
