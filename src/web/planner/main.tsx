/** The planner alone: classic scripts in a folder, which a browser opens as a file. */
import { createRoot } from 'react-dom/client';
import '../design/base.css';
import type { CreateEditor } from './editor/editor.ts';
import { Planner } from './planner.tsx';
import type { CreateValidator } from './schema/domain-schema.ts';

declare global {
  /** Made by the script of the editor, which the page names after this one. */
  var createHostdevEditor: CreateEditor | undefined;
  /** Made by the script of libvirt's schemas, which is named last and does nothing before it is called. */
  var loadHostdevSchema: (() => Promise<CreateValidator>) | undefined;
}

async function loadValidator(): Promise<CreateValidator> {
  if (globalThis.loadHostdevSchema === undefined) throw new Error('schema.js was not loaded');
  validator ??= globalThis.loadHostdevSchema();
  return validator;
}
let validator: Promise<CreateValidator> | undefined;

/** Scripts that wait for the document run in its order, the editor's after this one. */
async function loadEditor(): Promise<CreateEditor> {
  if (document.readyState === 'loading' || globalThis.createHostdevEditor === undefined) {
    await new Promise((resolve) => document.addEventListener('DOMContentLoaded', resolve, { once: true }));
  }
  if (globalThis.createHostdevEditor === undefined) throw new Error('editor.js was not loaded');
  return globalThis.createHostdevEditor;
}

const root = document.getElementById('root');
if (root !== null)
  createRoot(root).render(
    <main>
      <Planner loadEditor={loadEditor} loadValidator={loadValidator} />
    </main>,
  );
