/** What the command would print of the same definition: `hostdev expand`, `validate` and `args`. */
import { formatProblem, problemSummary } from '../../../addressing/validate/problem-text.ts';
import { problemLines } from '../../../printable.ts';
import { type ArgumentForm, argumentLines } from '../../../qemu/argument-lines.ts';
import type { Look } from './look.ts';

/** Text on stdout, and of what is refused or noted on stderr. */
export interface CommandText {
  readonly command: 'expand' | 'validate' | 'args' | 'diff' | 'apply';
  readonly out: string;
  readonly err: string;
}

export function commandTexts({ definition: { name, text }, expansion, problems, devices }: Look, form: ArgumentForm): readonly CommandText[] {
  return [
    { command: 'expand', out: expansion.ok ? expansion.xml : '', err: expansion.problems.map(problemLines).join('') },
    { command: 'validate', out: [...problems.map((problem) => formatProblem(problem, text)), problemSummary(problems, name)].join(''), err: '' },
    { command: 'args', out: devices.ok ? argumentLines(devices, form) : '', err: devices.problems.map(problemLines).join('') },
  ];
}
