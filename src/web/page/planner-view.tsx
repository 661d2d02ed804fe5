/** The planner inside the page. It has a module of its own, which is loaded when somebody goes there. */
import type { ReactNode } from 'react';
import { Planner } from '../planner/planner.tsx';

export default function PlannerView(): ReactNode {
  return <Planner loadEditor={async () => (await import('../planner/editor/editor.ts')).createEditor} />;
}
