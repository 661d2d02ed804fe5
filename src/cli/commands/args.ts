import { qemuArguments } from '../../app/qemu-args.ts';
import { HostdevError } from '../../errors.ts';
import { formatClassic, formatJson } from '../../qemu/device-object.ts';
import type { Options } from '../command/table.ts';
import { definitionSource } from '../definition-source.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';

export async function args(io: Io, name: string, flags: Options<'args'>): Promise<number> {
  const form = flags.form ?? 'json';
  if (form !== 'json' && form !== 'classic') {
    throw new HostdevError('usage', `--form is 'json' or 'classic', not '${form}'`, { hint: 'QEMU 6.2 and newer take JSON; older ones only the classic form' });
  }
  const { file, result } = await qemuArguments(await machineContext(io.machine, { root: flags.root }), name, definitionSource(io, flags));
  if (!result.ok) {
    for (const problem of result.problems) printProblem(io, problem);
    if (flags.json === true) printJson(io, { file, ...result });
    return 1;
  }
  if (flags.json === true) printJson(io, result.devices);
  else for (const device of result.devices) io.out(`-device ${shellWord(form === 'json' ? formatJson(device) : formatClassic(device))}\n`);
  return 0;
}

/** One word for a POSIX shell, whatever the definition says. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
