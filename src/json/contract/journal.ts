/** What the journal tells: `status`, `history`, `undo`, `recover`. */
import { GUEST_VERBS, HOST_VERBS, POOL_VERBS } from '../../plan/transition.ts';
import { CHANGE_STATES } from '../../state/change-states.ts';
import { time } from './notation.ts';
import { either, flag, integer, map, orNull, record, text, word } from './shape.ts';

export const verb = word([...HOST_VERBS, ...GUEST_VERBS, ...POOL_VERBS]);
const changed = flag('whether it was changed; in a dry run, whether it would be');
const subject = text('what it was done to: 0007:00:00.0, the fid of a slot, 0007:00:00.0 in web, name of a pool');

export const IN_FORCE = record({
  ...{ subject, verb, since: time, by: text('user and process'), beforeWords: text(), nowWords: text() },
  state: word(CHANGE_STATES, 'being changed: whoever has begun it is still at it'),
});

export const PAST = record({
  ...{
    time,
    verb,
    subject,
    by: text('user and process'),
    beforeWords: text(),
    afterWords: orNull(text('null while it has not ended, and where it is not known')),
  },
  outcome: word(['done', 'undone', 'interrupted', 'unknown']),
  reason: orNull(text()),
  recoveredBy: orNull(text('who brought it to its end by recovering it; null where it ended by itself, and where that is not known')),
});

export const UNDONE = record({ subject, command: text('the command that takes it back, without hostdev'), changed });

const RECOVERED = record({
  ...{ kind: word(['recovery']), subject, verb },
  outcome: word(
    ['new', 'old', 'gone', 'overtaken', 'stuck'],
    'new: it had been done; old: it was undone; gone: nothing is left of it; overtaken: somebody has changed it since, and it stays so; stuck: neither could be reached',
  ),
  changed: flag('whether recovering did something to it; where it was done already, or nothing of it was, only its record is closed'),
  now: map(orNull(text()), 'the state it is in'),
  reason: orNull(text()),
});
const SALVAGED = record({
  kind: word(['salvage']),
  changed,
  copy: text('file with all of the damaged journal'),
  kept: integer('records'),
  damaged: integer('lines'),
});
export const RECOVERY = either(RECOVERED, SALVAGED);
