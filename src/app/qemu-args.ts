/** `hostdev args`: QEMU's `-device` objects of a definition. */
import { type QemuDevices, qemuDevices } from '../qemu/guest-devices.ts';
import type { SpokenFor } from '../addressing/libvirt/spoken-for.ts';
import type { AppContext } from './context.ts';
import { type DefinitionSource, openDefinition } from './definition.ts';

export async function qemuArguments(
  context: AppContext,
  name: string,
  source: DefinitionSource,
): Promise<{ readonly file: string; readonly versions: SpokenFor; readonly result: QemuDevices }> {
  const { file, options, versions } = await openDefinition(context, name, source);
  return { file: file.name, versions, result: qemuDevices(file.text, options) };
}
