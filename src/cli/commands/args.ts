import { readDomainFile } from '../../app/domain-file.ts';
import { type PlaceFlags, placeOptions } from '../../app/place-options.ts';
import { formatClassic, formatJson } from '../../qemu/device-object.ts';
import { qemuDevices } from '../../qemu/guest-devices.ts';
import { HostdevError } from '../../errors.ts';
import { type Io, printJson, printProblem } from '../io.ts';
import { machineContext } from '../machine.ts';

interface ArgsFlags extends PlaceFlags {
  readonly form?: string;
  readonly json?: boolean;
  readonly root?: string;
}

export async function args(io: Io, name: string, flags: ArgsFlags): Promise<number> {
  const form = flags.form ?? 'json';
  if (form !== 'json' && form !== 'classic') {
    throw new HostdevError('usage', `--form is 'json' or 'classic', not '${form}'`, { hint: 'QEMU 6.2 and newer take JSON; older ones only the classic form' });
  }
  const file = await readDomainFile(name, io.stdin);
  const result = qemuDevices(file.text, await placeOptions(await machineContext(io.machine, { root: flags.root }), file, flags, io.machine.capabilityCaches));
  if (!result.ok) {
    for (const problem of result.problems) printProblem(io, problem);
    if (flags.json === true) printJson(io, { file: file.name, ...result });
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
