import { qemuArguments } from '../../app/qemu-args.ts';
import { shellWord } from '../../shell-word.ts';
import { HostdevError } from '../../errors.ts';
import { type DeviceObject, formatClassic, formatJson } from '../../qemu/device-object.ts';
import type { Options } from '../command/table.ts';
import { withDefinitions } from '../definition-source.ts';
import { listLibvirts, noteVersions } from '../libvirt-versions.ts';
import { giveItems } from '../answer.ts';
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
    if (flags.json === true) giveItems(io, 'args', [argumentsItem(file, versions, result)]);
    return 1;
  }
  noteVersions(io, versions);
  const { objects, devices, initiators } = result;
  const word = (object: DeviceObject): string => shellWord(form === 'json' ? formatJson(object) : formatClassic(object));
  // An object of -object has a qom-type, one of -device a driver.
  if (flags.json === true) giveItems(io, 'args', [argumentsItem(file, versions, result)]);
  else {
    const lines = (option: string, all: readonly DeviceObject[]): string[] => all.map((each) => `${option} ${word(each)}\n`);
    io.document([...lines('-object', objects), ...lines('-device', devices), ...lines('-object', initiators)].join(''));
  }
  return 0;
}
