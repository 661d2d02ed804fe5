/** QEMU's arguments of a guest's devices, ready for a shell. */
import { shellWord } from '../shell-word.ts';
import { type DeviceObject, formatClassic, formatJson } from './device-object.ts';
import type { QemuDevices } from './guest-devices.ts';

/** QEMU 6.2 and newer take JSON; older ones only the classic form. */
export type ArgumentForm = 'json' | 'classic';

/** One argument a line. An object of `-object` has a qom-type, one of `-device` a driver. */
export function argumentLines({ objects, devices, initiators }: Extract<QemuDevices, { ok: true }>, form: ArgumentForm): string {
  const word = (object: DeviceObject): string => shellWord(form === 'json' ? formatJson(object) : formatClassic(object));
  const lines = (option: string, all: readonly DeviceObject[]): string[] => all.map((each) => `${option} ${word(each)}\n`);
  return [...lines('-object', objects), ...lines('-device', devices), ...lines('-object', initiators)].join('');
}
