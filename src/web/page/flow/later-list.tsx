/** What a plan leaves: what is planned when something else is done, and what is left to a person. */
import type { ReactNode } from 'react';
import { laterWords } from '../../../plan/wish-plan.ts';
import type { Answer } from '../../../server/api/plan.ts';

export function LaterList({ answer }: { readonly answer: Answer }): ReactNode {
  const later = answer.items.flatMap((item) => (item['kind'] === 'later' ? [laterWords({ what: String(item['what']), why: String(item['why']) })] : []));
  return (
    <>
      <Lines title="Planned later" lines={later} />
      <Lines title="Left for you" lines={[...new Set(answer.todo)]} />
    </>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="chains">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  );
}
