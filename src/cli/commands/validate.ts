import { readDomainFile } from '../../app/domain-file.ts';
import { type PlaceFlags, placeOptions } from '../../app/place-options.ts';
import { validateFile } from '../../app/validate.ts';
import { exitStatus, formatLocation, HostdevError, type Problem } from '../../errors.ts';
import { type Io, oneLine, printable, printJson } from '../io.ts';
import { machineContext } from '../machine.ts';
import { toSarif } from '../sarif.ts';

interface ValidateFlags extends PlaceFlags {
  readonly format?: string;
  readonly json?: boolean;
  readonly root?: string;
}

export async function validate(io: Io, names: readonly string[], flags: ValidateFlags): Promise<number> {
  const format = flags.json === true ? 'json' : (flags.format ?? 'text');
  if (!['text', 'json', 'sarif'].includes(format)) {
    throw new HostdevError('usage', `--format is 'text', 'json' or 'sarif', not '${format}'`, { hint: 'leave it out to get text' });
  }
  const all: { readonly file: string; readonly problems: readonly Problem[] }[] = [];
  for (const name of names) {
    const { file, text, problems } = await validateOne(io, name, flags);
    all.push({ file, problems });
    if (format === 'text') for (const problem of problems) io.out(formatProblem(problem, text, io.colors));
  }
  if (format === 'json') printJson(io, all);
  if (format === 'sarif') printJson(io, toSarif(all.flatMap((one) => one.problems)));
  const warnings = all.flatMap((one) => one.problems).filter((problem) => problem.severity === 'warning').length;
  const errors = all.flatMap((one) => one.problems).filter((problem) => problem.severity === 'error').length;
  if (format === 'text')
    io.out(
      errors === 0
        ? `${names.length === 1 ? oneLine(names[0] ?? '') : `${names.length} files`}: ${warnings === 0 ? 'nothing wrong found' : `no errors, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`}\n`
        : `${errors} ${errors === 1 ? 'problem' : 'problems'}\n`,
    );
  return errors === 0 ? 0 : 1;
}

/** A file that cannot be read has one problem: that. */
async function validateOne(io: Io, name: string, flags: ValidateFlags): Promise<{ file: string; text: string; problems: readonly Problem[] }> {
  const context = await machineContext(io.machine, { root: flags.root });
  try {
    const file = await readDomainFile(name, io.stdin);
    return {
      file: file.name,
      text: file.text,
      problems: await validateFile(file, await placeOptions(context, file, flags, io.machine.capabilityCaches), io.machine.schemas),
    };
  } catch (error) {
    if (!(error instanceof HostdevError) || exitStatus(error.code) === 2) throw error;
    return { file: name, text: '', problems: [error.toProblem()] };
  }
}

/** Columns of a line that are shown around a problem. */
const SHOWN = 160;

/** `file:line:column: error: message [code]`, the line with a caret, the hint. */
function formatProblem(problem: Problem, text: string, colors: Io['colors']): string {
  const { location } = problem;
  const severity = problem.severity === 'error' ? colors.red('error') : colors.yellow('warning');
  const head = `${location === undefined ? oneLine(problem.subject ?? '') : oneLine(formatLocation(location))}: ${severity}: ${oneLine(problem.message)} [${problem.code}]`;
  const line = location === undefined ? undefined : text.split(/\r\n|\n|\r/)[location.line - 1];
  const shown: string[] = [];
  if (line !== undefined && location !== undefined && text !== '') {
    const number = String(location.line).padStart(5);
    // A definition in one line is shown from a little before the problem.
    const from = location.column <= SHOWN ? 0 : location.column - SHOWN / 2;
    // Tabs stay tabs below the line, so that the caret stands where the character does.
    const pad = line.slice(from, location.column - 1).replaceAll(/[^\t]/g, ' ');
    shown.push(`${number} | ${printable(line.slice(from, from + SHOWN))}`, `${' '.repeat(number.length)} | ${pad}${colors.green('^')}`);
  }
  if (problem.hint !== undefined) shown.push(`  hint: ${oneLine(problem.hint)}`);
  return `${[head, ...shown].join('\n')}\n`;
}
