/** What the journal tells: `status`, `history`, `undo`, `recover`. */
import type { UndoReport } from '../../app/undo.ts';
import type { History } from '../../app/history.ts';
import type { Recovery, Salvage } from '../../app/recover-changes.ts';
import type { Status } from '../../app/status.ts';
import { nameOfSubject } from '../../plan/change.ts';
import { type Of } from '../contract/shape.ts';
import type { IN_FORCE, PAST, UNDONE, RECOVERY } from '../contract/journal.ts';

export function inForce({ before, now, ...rest }: Status['changes'][number]): Of<typeof IN_FORCE> {
  return { ...rest, subject: nameOfSubject(rest), beforeWords: before, nowWords: now };
}

export function past({ from, to, ...rest }: History['entries'][number]): Of<typeof PAST> {
  return { ...rest, subject: nameOfSubject(rest), beforeWords: from, afterWords: to };
}

export function undone({ subject: name, by, changed: isChanged }: UndoReport['undone'][number]): Of<typeof UNDONE> {
  return { subject: name, command: by, changed: isChanged };
}

export function recovered({ reason, ...rest }: Recovery): Of<typeof RECOVERY> {
  return { kind: 'recovery', ...rest, subject: nameOfSubject(rest), reason: reason ?? null };
}

export function salvaged({ copy, kept, damaged }: Salvage): Of<typeof RECOVERY> {
  return { kind: 'salvage', changed: true, copy, kept, damaged };
}
