/** A plan: what would be done, as it would be carried out. */
import { envelopeOf, PROBLEM } from '../../json/contract/envelope.ts';
import { LISTED } from '../../json/contract/functions.ts';
import { verb } from '../../json/contract/journal.ts';
import { hostAddress, time } from '../../json/contract/notation.ts';
import { flag, list, map, type Of, orNull, record, text } from '../../json/contract/shape.ts';
import { STEP } from '../../json/contract/steps.ts';
import { WISH } from './wishes.ts';

/** What `--json` prints, whatever the command: the schemas of its items are those of the package. */
export const ANSWER = envelopeOf(text('the command'), map({ schema: {} }, 'as the schema of the command says'));
export type Answer = Of<typeof ANSWER>;

const DONE_STEP = record({ what: text('in words'), step: STEP });

/** One change of one subject: all of its steps, or none. */
export const CHANGE = record({
  verb,
  subject: text('what is changed: 0007:00:00.0, the fid of a slot, 0007:00:00.0 in web, name of a pool'),
  functions: list(hostAddress, 'functions that it is about'),
  steps: list(DONE_STEP, 'what is written and called, in that order'),
  undo: list(DONE_STEP, 'what is written and called when a later one fails'),
});
export type PlanChange = Of<typeof CHANGE>;

const COMPANION = record({ hostAddress, className: text(), mustGo: flag('whether the group stays with the host until it has gone too'), uses: list(text()) });

export const PLAN = record({
  id: text(),
  made: time,
  hash: text('what has to be the same when it is applied: the If-Match of POST plans/ID/apply, in quotes'),
  wish: WISH,
  command: orNull(text('the command that does the same; null where there is none')),
  changed: flag('false where all is as asked for already'),
  changes: list(CHANGE, 'what is changed, in that order; undone in reverse'),
  notes: list(PROBLEM, 'what there is to know before one agrees'),
  losses: list(PROBLEM, 'what the host loses by force'),
  functions: list(
    record({
      before: LISTED,
      after: orNull(LISTED),
      whicheverDriver: flag('whether only the kernel will know which host driver takes it; after has none then'),
    }),
    'functions of which something else is said afterwards; after is null where one has gone. Not what comes into being only then',
  ),
  companions: list(COMPANION, 'what else is in the IOMMU groups'),
  definition: orNull(record({ before: text(), after: text() }, "the guest's definition, where it is changed")),
  answer: ANSWER,
});
export type Plan = Of<typeof PLAN>;
