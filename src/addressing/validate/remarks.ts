/** What there is to know about a prediction that libvirt would not refuse: told with it, whatever the start makes of it. */
import type { Problem } from '../../errors.ts';
import { commandlineProblems } from '../commandline/check.ts';
import type { Guest } from '../guest/guest.ts';

/** Remarks on a placed guest; the start may fail on some of them, the definition does not. */
export function remarks(guest: Guest): Problem[] {
  return commandlineProblems(guest).map((problem) => ({ ...problem, severity: 'warning' as const }));
}
