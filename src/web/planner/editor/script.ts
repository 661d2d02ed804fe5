/** The editor as a classic script, for the planner that is opened as a file. */
import { createEditor } from './editor.ts';

Object.assign(globalThis, { createHostdevEditor: createEditor });
