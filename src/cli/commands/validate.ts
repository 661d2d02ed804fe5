import { type ValidatedFile, validateNamed } from '../../app/validate.ts';
import { installedLibvirt } from '../../host/installed-libvirt.ts';
import { formatProblem, problemSummary } from '../../addressing/validate/problem-text.ts';
import { exitStatus, HostdevError } from '../../errors.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { answerItems, noteProblems } from '../answer.ts';
import { type Io, printJson } from '../io.ts';
import { validated } from '../../json/items/definitions.ts';
import { oneLine } from '../../printable.ts';
import { type Machine, machineContext } from '../machine.ts';
import { toSarif } from '../sarif.ts';
import { noteShared } from '../../addressing/validate/shared-functions.ts';

export async function validate(io: Io, names: readonly string[], flags: Options<'validate'>): Promise<number> {
  if (flags.libvirt === 'list') return listLibvirts(io, 'validate', flags);
  if (flags.json === true && flags.format !== undefined && flags.format !== 'json') {
    throw new HostdevError('option-conflict', `--json and --format ${flags.format} are two ways to print`, { hint: 'leave one of them out' });
  }
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
  const problems = all.flatMap((one) => one.problems);
  for (const { text, problems: own } of all) if (format === 'text') for (const problem of own) io.out(formatProblem(problem, text, io.colors));
  if (format === 'json') {
    answerItems(io, 'validate', all.map(validated));
    noteProblems(io, problems);
  }
  if (format === 'sarif') printJson(io, toSarif(problems));
  if (format === 'text') io.out(problemSummary(problems, names.length === 1 ? oneLine(names[0] ?? '') : `${names.length} files`));
  noteVersions(io, all.find(({ versions }) => versions !== undefined)?.versions);
  // A name that is none of a file is a fault of the command line.
  return Math.max(0, ...problems.flatMap(({ severity, code }) => (severity === 'error' ? exitStatus(code) : [])));
}

/** The schemas are this machine's, whatever machine the definition is for. */
async function schemaVersion(machine: Machine): Promise<string | undefined> {
  return machine.schemasAreInstalled ? installedLibvirt((await machine.context()).port) : undefined;
}
