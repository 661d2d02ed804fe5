/** What a plan comes to, each from one side: the host, the guest, what is written, the definition, the command. */
import type { ReactNode } from 'react';
import type { Plan } from '../../../server/api/plan.ts';
import { CopyButton } from '../../design/copy-button.tsx';
import { Tabs } from '../../design/tabs.tsx';
import { TextDiff } from '../shell/text-diff.tsx';
import { Afterwards } from './afterwards.tsx';
import { placedFunctions } from './answer-places.ts';
import { HostAfterwards } from './host-afterwards.tsx';
import { hostWrites } from './step-words.ts';

export function PlanParts({ plan }: { readonly plan: Plan }): ReactNode {
  const { answer, command, definition, wish } = plan;
  const writes = hostWrites(plan.changes);
  const json = JSON.stringify(answer, null, 2);
  return (
    <Tabs
      label="What the plan comes to"
      tabs={[
        { name: 'Host afterwards', content: () => <HostAfterwards plan={plan} /> },
        ...(placedFunctions(answer).length === 0 ? [] : [{ name: 'Guest afterwards', content: () => <Afterwards answer={answer} /> }]),
        { name: 'Host writes', content: () => <Writes lines={writes} /> },
        ...(definition === null
          ? []
          : [{ name: 'XML diff', content: () => <TextDiff before={definition.before} after={definition.after} label="Changes of the definition" /> }]),
        ...(wish.verb === 'apply' ? [{ name: 'Wish', content: () => <Text text={wish.text} label="Copy wish" /> }] : []),
        { name: 'Command', content: () => (command === null ? <NoCommand /> : <Text text={command} label="Copy command" />) },
        { name: 'JSON', content: () => <Text text={json} label="Copy JSON" /> },
      ]}
    />
  );
}

function Writes({ lines }: { readonly lines: readonly string[] }): ReactNode {
  if (lines.length === 0) return <p className="faint">Nothing is written on the host by hostdev.</p>;
  return <Text text={`${lines.join('\n')}\n`} label="Copy host writes" />;
}

function NoCommand(): ReactNode {
  return <p className="faint">No command does the same: what is undone is known to this server alone.</p>;
}

function Text({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  return (
    <>
      <CopyButton text={text} label={label} />
      <pre className="scroll code" tabIndex={0} aria-label={label.replace('Copy ', '')}>
        {text}
      </pre>
    </>
  );
}
