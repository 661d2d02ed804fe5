import { readDomainFile } from '../../app/domain-file.ts';
import { type PlaceFlags, placeOptions } from '../../app/place-options.ts';
import { validateFile } from '../../app/validate.ts';
import { formatLocation, HostdevError, type Problem } from '../../errors.ts';
import { type Io, printJson } from '../io.ts';
import { machineContext } from '../machine.ts';
import { toSarif } from '../sarif.ts';

interface ValidateFlags extends PlaceFlags {
  readonly format?: string;
  readonly json?: boolean;
}

export async function validate(io: Io, names: readonly string[], flags: ValidateFlags): Promise<number> {
  const format = flags.json === true ? 'json' : (flags.format ?? 'text');
  if (!['text', 'json', 'sarif'].includes(format)) {
    throw new HostdevError('usage', `--format is 'text', 'json' or 'sarif', not '${format}'`, { hint: 'leave it out to get text' });
  }
  const context = machineContext();
  const all: { readonly file: string; readonly problems: readonly Problem[] }[] = [];
  for (const name of names) {
    const file = await readDomainFile(name, io.stdin);
    const problems = await validateFile(file, await placeOptions(context, file, flags));
    all.push({ file: file.name, problems });
    if (format === 'text') for (const problem of problems) io.out(formatProblem(problem, file.text, io.colors));
  }
  if (format === 'json') printJson(io, all);
  if (format === 'sarif') printJson(io, toSarif(all.flatMap((one) => one.problems)));
  const errors = all.flatMap((one) => one.problems).filter((problem) => problem.severity === 'error').length;
  if (format === 'text')
    io.out(
      errors === 0
        ? `${names.length === 1 ? names[0] : `${names.length} files`}: nothing wrong found\n`
        : `${errors} ${errors === 1 ? 'problem' : 'problems'}\n`,
    );
  return errors === 0 ? 0 : 1;
}

/** `file:line:column: error: message [code]`, the line with a caret, the hint. */
function formatProblem(problem: Problem, text: string, colors: Io['colors']): string {
  const { location } = problem;
  const severity = problem.severity === 'error' ? colors.red('error') : colors.yellow('warning');
  const head = `${location === undefined ? (problem.subject ?? '') : formatLocation(location)}: ${severity}: ${problem.message} [${problem.code}]`;
  const line = location === undefined ? undefined : text.split(/\r\n|\n|\r/)[location.line - 1];
  const shown: string[] = [];
  if (line !== undefined && location !== undefined) {
    const number = String(location.line).padStart(5);
    // Tabs stay tabs below the line, so that the caret stands where the character does.
    const pad = line.slice(0, location.column - 1).replaceAll(/[^\t]/g, ' ');
    shown.push(`${number} | ${line.slice(0, 160)}`, `${' '.repeat(number.length)} | ${pad.slice(0, 160)}${colors.green('^')}`);
  }
  if (problem.hint !== undefined) shown.push(`  hint: ${problem.hint}`);
  return `${[head, ...shown].join('\n')}\n`;
}
