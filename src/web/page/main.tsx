/** The page that `hostdev ui` serves. */
import { createRoot } from 'react-dom/client';
import '../design/base.css';
import { Planner } from '../planner/planner.tsx';

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <main>
      <Planner loadEditor={async () => (await import('../planner/editor/editor.ts')).createEditor} />
    </main>,
  );
