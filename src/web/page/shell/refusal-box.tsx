/** A refusal in the server's words: what, why, what to do. */
import type { ReactNode } from 'react';
import type { ProblemDetails } from '../../../server/api/problem-details.ts';
import type { WholeState } from '../../../server/api/state.ts';
import './refusal-box.css';

export type ShownProblem = WholeState['host']['problems'][number];

export function RefusalBox({ details }: { readonly details: ProblemDetails }): ReactNode {
  const others = details.problems.filter(({ message }) => message !== details.detail);
  return (
    <div className="refusal" role="alert">
      <p className="refusal-what">{details.detail}</p>
      {/* One chain is part of the sentence already. */}
      <EvidenceList evidence={details.evidence.filter((chain) => !details.detail.includes(chain))} />
      {details.hint === null || details.hint === '' ? null : <p>{details.hint}</p>}
      <ProblemList problems={others} />
      <p className="faint">
        <code>{details.code}</code>
      </p>
    </div>
  );
}

export function EvidenceList({ evidence }: { readonly evidence: readonly string[] }): ReactNode {
  if (evidence.length === 0) return null;
  return (
    <ul className="chains">
      {evidence.map((chain) => (
        <li key={chain}>{chain}</li>
      ))}
    </ul>
  );
}

export function ProblemList({ problems }: { readonly problems: readonly ShownProblem[] }): ReactNode {
  if (problems.length === 0) return null;
  return (
    <ul className="problem-lines">
      {problems.map((problem) => (
        <li key={JSON.stringify(problem)} className={problem.severity}>
          <span className="severity">{problem.severity}</span>{' '}
          {problem.subject === null || problem.message.includes(problem.subject) ? '' : `${problem.subject}: `}
          {problem.message}
          {problem.hint === null ? null : <span className="faint"> — {problem.hint}</span>}
        </li>
      ))}
    </ul>
  );
}
