/** systemd units, by the names of their files. */
import { AGENT_UNITS } from './agent.ts';
import { APPLY_UNITS } from './apply.ts';
import { PAGE_UNITS } from './page.ts';

export const UNITS: Readonly<Record<string, string>> = { ...PAGE_UNITS, ...APPLY_UNITS, ...AGENT_UNITS };
