/** `hostdev args`: QEMU's `-device` objects of a definition. */
import { type QemuDevices, qemuDevices } from '../qemu/guest-devices.ts';
import type { AppContext } from './context.ts';
import { type DefinitionSource, openDefinition } from './definition.ts';

export async function qemuArguments(
  context: AppContext,
  name: string,
  source: DefinitionSource,
): Promise<{ readonly file: string; readonly result: QemuDevices }> {
  const { file, options } = await openDefinition(context, name, source);
  return { file: file.name, result: qemuDevices(file.text, options) };
}
