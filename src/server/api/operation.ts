/** An operation: a plan that is carried out. It lives in the server, has an address, and is told of in the stream of events. */
import { PROBLEM } from '../../json/contract/envelope.ts';
import { verb } from '../../json/contract/journal.ts';
import { time } from '../../json/contract/notation.ts';
import { flag, list, type Of, orNull, record, text, word } from '../../json/contract/shape.ts';
import { ANSWER } from './plan.ts';
import { TOLD_WISH } from './wishes.ts';

/** `left`: neither done nor undone. */
const STEP_STATES = ['waiting', 'doing', 'done', 'failed', 'undoing', 'undone', 'left'] as const;

/** `stopping`: somebody wants it back, and it is being undone; `stopped`: it has been; `failed`: nothing is left of it, or `problems` say what is. */
const OPERATION_STATES = ['running', 'stopping', 'done', 'stopped', 'failed'] as const;

const LIVE_STEP = record({ what: text('in words'), state: word(STEP_STATES), began: orNull(time), ended: orNull(time) });

const LIVE_CHANGE = record({
  verb,
  subject: text(),
  state: word(STEP_STATES),
  steps: list(LIVE_STEP),
  undo: list(text(), 'what undoing it does, in words'),
});

export const OPERATION = record({
  id: text(),
  plan: text('id of the plan'),
  wish: TOLD_WISH,
  command: orNull(text('the command that does the same; null where there is none')),
  by: text('who: user and process'),
  from: text('from where'),
  state: word(OPERATION_STATES),
  began: time,
  ended: orNull(time),
  progress: orNull(text('what is being done or waited for')),
  until: orNull(text('time until when a guest has to let go')),
  changes: list(LIVE_CHANGE),
  undoable: flag('whether it has ended and done something that can be undone'),
  changed: orNull(flag('whether anything was changed, or may have been; null while it runs')),
  answer: orNull(ANSWER),
  problems: list(PROBLEM, 'what went wrong, and what is left how'),
});
export type Operation = Of<typeof OPERATION>;
