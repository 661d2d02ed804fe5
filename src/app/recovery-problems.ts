/** What there is to say of recovering besides that it was done. */
import type { Problem } from '../errors.ts';
import type { Recovery } from '../execute/recover.ts';
import { nameOfSubject } from '../plan/change.ts';

/** What is neither done nor undone, and what stays because somebody has changed it since. */
export function recoveryProblems(recoveries: readonly Recovery[]): Problem[] {
  return recoveries.flatMap(({ verb, subject, outcome, reason }): Problem[] => {
    const name = nameOfSubject({ verb, subject });
    const because = reason === undefined ? '' : `: ${reason}`;
    if (outcome === 'stuck') {
      const message = `${verb} ${name} is neither done nor undone${because}`;
      return [{ code: 'stuck', severity: 'error', subject: name, message, hint: "'hostdev recover' tries again" }];
    }
    if (outcome !== 'overtaken') return [];
    return [
      { code: 'undo-overtaken', severity: 'warning', subject: name, message: `${verb} ${name} was not undone${because}`, hint: 'plan what is wanted now' },
    ];
  });
}
