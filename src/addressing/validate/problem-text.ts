/** Problems of a definition as text: where, what, the line with a caret, what to do. */
import { formatLocation, type Problem } from '../../errors.ts';
import { oneLine, printable } from '../../printable.ts';

/** Colours of a terminal. */
export type Paint = Readonly<Record<'red' | 'yellow' | 'green', (text: string) => string>>;

const PLAIN: Paint = { red: String, yellow: String, green: String };

/** Columns of a line that are shown around a problem. */
const SHOWN = 160;

/** `file:line:column: error: message [code]`, the line with a caret, the hint. */
export function formatProblem(problem: Problem, text: string, paint: Paint = PLAIN): string {
  const { location } = problem;
  const severity = problem.severity === 'error' ? paint.red('error') : paint.yellow('warning');
  const head = `${location === undefined ? oneLine(problem.subject ?? '') : oneLine(formatLocation(location))}: ${severity}: ${oneLine(problem.message)} [${problem.code}]`;
  const line = location === undefined ? undefined : text.split(/\r\n|\n|\r/)[location.line - 1];
  const shown: string[] = [];
  if (line !== undefined && location !== undefined && text !== '') {
    const number = String(location.line).padStart(5);
    // A definition in one line is shown from a little before the problem.
    const from = location.column <= SHOWN ? 0 : location.column - SHOWN / 2;
    // Tabs stay tabs below the line, so that the caret stands where the character does.
    const pad = line.slice(from, location.column - 1).replaceAll(/[^\t]/g, ' ');
    shown.push(`${number} | ${printable(line.slice(from, from + SHOWN))}`, `${' '.repeat(number.length)} | ${pad}${paint.green('^')}`);
  }
  if (problem.hint !== undefined) shown.push(`  hint: ${oneLine(problem.hint)}`);
  return `${[head, ...shown].join('\n')}\n`;
}

/** What a run of `validate` says at its end. `name` is what was looked at: a file, or how many. */
export function problemSummary(problems: readonly Problem[], name: string): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  if (errors > 0) return `${errors} ${errors === 1 ? 'problem' : 'problems'}\n`;
  return `${name}: ${warnings === 0 ? 'nothing wrong found' : `no errors, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`}\n`;
}
