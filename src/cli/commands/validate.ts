import { type ValidatedFile, validateNamed } from '../../app/validate.ts';
import { installedLibvirt } from '../../host/installed-libvirt.ts';
import { exitStatus, formatLocation, HostdevError, type Problem } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { giveItems, noteProblems } from '../answer.ts';
import { type Io, printJson } from '../io.ts';
import { validated } from '../../json/items/definitions.ts';
import { oneLine, printable } from '../printable.ts';
import { type Machine, machineContext } from '../machine.ts';
import { toSarif } from '../sarif.ts';
import { noteShared } from '../../addressing/validate/shared-functions.ts';

export async function validate(io: Io, names: readonly string[], flags: Options<'validate'>): Promise<number> {
  if (flags.libvirt === 'list') return listLibvirts(io, 'validate', flags);
  const format = flags.json === true ? 'json' : (flags.format ?? 'text');
  if (!['text', 'json', 'sarif'].includes(format)) {
    throw new HostdevError('usage', `--format is 'text', 'json' or 'sarif', not '${format}'`, { hint: 'leave it out to get text' });
  }
  const each: ValidatedFile[] = [];
  const context = await machineContext(io.machine, { root: flags.root });
  const schemas = { directories: io.machine.schemas, version: await schemaVersion(io.machine) };
  await withDefinitions(io, flags, async (source) => {
    for (const name of names) each.push(await validateNamed(context, name, source, schemas));
  });
  const all = noteShared(each);
  for (const { text, problems } of all) if (format === 'text') for (const problem of problems) io.out(formatProblem(problem, text, io.colors));
  if (format === 'json') {
    giveItems(io, 'validate', all.map(validated));
    noteProblems(
      io,
      all.flatMap(({ problems }) => problems),
    );
  }
  if (format === 'sarif') printJson(io, toSarif(all.flatMap((one) => one.problems)));
  const warnings = all.flatMap((one) => one.problems).filter((problem) => problem.severity === 'warning').length;
  const failures = all.flatMap((one) => one.problems).filter((problem) => problem.severity === 'error');
  const errors = failures.length;
  if (format === 'text')
    io.out(
      errors === 0
        ? `${names.length === 1 ? oneLine(names[0] ?? '') : `${names.length} files`}: ${warnings === 0 ? 'nothing wrong found' : `no errors, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`}\n`
        : `${errors} ${errors === 1 ? 'problem' : 'problems'}\n`,
    );
  noteVersions(io, all.find(({ versions }) => versions !== undefined)?.versions);
  // A name that is none of a file is a fault of the command line.
  return Math.max(0, ...failures.map(({ code }) => exitStatus(code)));
}

/** The schemas are this machine's, whatever machine the definition is for. */
async function schemaVersion(machine: Machine): Promise<string | undefined> {
  return machine.schemasAreInstalled ? installedLibvirt((await machine.context()).port) : undefined;
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
