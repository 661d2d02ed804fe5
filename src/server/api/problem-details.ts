/** How the server says no: RFC 9457, with the code, the hint and the evidence that the command has. */
import { PROBLEM } from '../../json/contract/envelope.ts';
import { flag, integer, list, type Of, orNull, record, text } from '../../json/contract/shape.ts';
import { CHANGE } from './plan.ts';

export const PROBLEM_TYPE = 'application/problem+json';

const location = orNull(record({ file: orNull(text()), line: integer(), column: integer() }));

/** RFC 9457; the members behind `detail` are ours. */
export const PROBLEM_DETAILS = record({
  type: text('urn:hostdev:problem: and the code'),
  title: text('what the code means, in one line'),
  status: integer(),
  detail: text('what is wrong'),
  code: text('see docs/errors.md'),
  subject: orNull(text('what it is about')),
  hint: orNull(text('what to do')),
  location,
  problems: list(PROBLEM, 'everything that is wrong, this first'),
  evidence: list(text(), 'what uses or holds the function: a chain, as nvme0n1p2 → mounted on /'),
  forcible: flag('whether what is refused is planned with force: true, with what is lost by it'),
  difference: orNull(record({ before: list(CHANGE), now: list(CHANGE) }, 'where a plan is not so any more: its changes, and those that would be made now')),
});
export type ProblemDetails = Of<typeof PROBLEM_DETAILS>;
