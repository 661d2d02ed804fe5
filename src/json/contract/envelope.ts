/** What every command prints with `--json`, whatever it does and however it ends. docs/json.md is the contract. */
import type { Problem } from '../../errors.ts';
import { flag, integer, list, number, type Of, orNull, record, type Shape, text, word, written } from './shape.ts';

/** Goes up when a name goes away, or means something else. docs/json.md tells the rule. */
export const FORMAT_VERSION = 1;

export const PROBLEM = record({
  code: written(/^[a-z][a-z0-9-]*$/, 'see docs/errors.md; a newer hostdev may have others'),
  severity: word(['error', 'warning']),
  subject: orNull(text('what it is about: a function, a file, a guest, a word')),
  message: text('what is wrong'),
  hint: orNull(text('what to do')),
  location: orNull(record({ file: orNull(text()), line: integer('counts from 1'), column: integer('counts from 1') })),
});
export type JsonProblem = Of<typeof PROBLEM>;

export function jsonProblem({ code, severity, subject, message, hint, location }: Problem): JsonProblem {
  const at = location === undefined ? null : { file: location.file ?? null, line: location.line, column: location.column };
  return { code, severity, subject: subject ?? null, message, hint: hint ?? null, location: at };
}

type ExitStatus = 0 | 1 | 2 | 3;

const EXIT_STATUS: Shape<ExitStatus> = number([0, 1, 2], 'that of the command: 0 done, 1 refused or failed, 2 wrong usage');

/** Of commands that hold a host against what is wished for. */
export const EXIT_STATUS_OF_WISH: Shape<ExitStatus> = number(
  [0, 1, 2, 3],
  'that of the command: 0 done or no difference, 1 refused or failed, 2 wrong usage, 3 host and wish differ',
);

/** The envelope around items of one shape. */
export function envelopeOf<C extends string | null, T>(command: Shape<C>, item: Shape<T>, exitStatus = EXIT_STATUS) {
  return record({
    formatVersion: number([FORMAT_VERSION], 'version of this contract'),
    command,
    exitStatus,
    dryRun: flag('whether it was only shown what would be done'),
    changed: flag('whether anything was changed, or may have been where that is not known; in a dry run, whether anything would be'),
    items: list(item, 'what was asked for, one thing or many; what could not be had is in problems'),
    todo: list(text(), 'commands that are left to the administrator'),
    problems: list(PROBLEM, 'everything that was said to be wrong, also of items'),
  });
}
export type Envelope = Of<ReturnType<typeof envelopeOf<string | null, object>>>;

/** What there is to say beside how it ended. */
interface Said {
  /** undefined until there is a result. */
  readonly items: readonly object[] | undefined;
  readonly todo: readonly string[];
  /** That something was changed of which no item tells. */
  readonly changed: boolean;
  readonly problems: readonly Problem[];
}

/** How the command was called, and how it ended. */
export interface Ending {
  readonly command: string | undefined;
  readonly exitStatus: ExitStatus;
  readonly dryRun: boolean;
}

export function envelope({ items = [], todo, changed: isChanged, problems }: Said, { command, exitStatus, dryRun }: Ending): Envelope {
  const changed = isChanged || items.some((item) => 'changed' in item && item.changed === true);
  return { formatVersion: FORMAT_VERSION, command: command ?? null, exitStatus, dryRun, changed, items, todo, problems: eachOnce(problems.map(jsonProblem)) };
}

/** What was shown before somebody was asked is said once. */
function eachOnce(problems: readonly JsonProblem[]): JsonProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}
