import { qemuArguments } from '../../app/qemu-args.ts';
import { HostdevError } from '../../errors.ts';
import { argumentLines } from '../../qemu/argument-lines.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { answerItems } from '../answer.ts';
import { type Io, printProblem } from '../io.ts';
import { qemuArguments as argumentsItem } from '../../json/items/definitions.ts';
import { machineContext } from '../machine.ts';

export async function args(io: Io, name: string, flags: Options<'args'>): Promise<number> {
  if (flags.libvirt === 'list') return listLibvirts(io, 'args', flags);
  const form = flags.form ?? 'json';
  if (form !== 'json' && form !== 'classic') {
    throw new HostdevError('usage', `--form is 'json' or 'classic', not '${form}'`, { hint: 'QEMU 6.2 and newer take JSON; older ones only the classic form' });
  }
  const context = await machineContext(io.machine, { root: flags.root });
  const { file, result, versions } = await withDefinitions(io, flags, (source) => qemuArguments(context, name, source));
  for (const problem of result.problems) printProblem(io, problem);
  if (!result.ok) {
    if (flags.json === true) answerItems(io, 'args', [argumentsItem(file, versions, result)]);
    return 1;
  }
  noteVersions(io, versions);
  if (flags.json === true) answerItems(io, 'args', [argumentsItem(file, versions, result)]);
  else io.document(argumentLines(result, form));
  return 0;
}
