/** What the server said no to, as an error to catch and data to show. */
import type { ProblemDetails } from '../../../server/api/problem-details.ts';

export class Refusal extends Error {
  readonly details: ProblemDetails;
  constructor(details: ProblemDetails) {
    super(details.detail);
    this.details = details;
  }
}

/** What became of a request without an answer, in the form of one. */
export function unanswered(what: string, hint: string, status = 0): ProblemDetails {
  return {
    ...{
      type: 'urn:hostdev:problem:connection',
      title: 'The server did not answer',
      status,
      detail: what,
      code: 'connection',
      subject: null,
      hint,
      location: null,
    },
    ...{ problems: [], evidence: [], forcible: false, difference: null },
  };
}

/** Whether nobody knows what became of the request: it may have been done, or not. */
export function isUnanswered({ code }: Pick<ProblemDetails, 'code'>): boolean {
  return code === 'connection';
}

/** What to show of anything that was thrown. */
export function detailsOf(error: unknown): ProblemDetails {
  if (error instanceof Refusal) return error.details;
  return unanswered(
    `no answer came: ${error instanceof Error ? error.message : String(error)}`,
    'look whether the server still runs; what was begun goes on there',
  );
}
