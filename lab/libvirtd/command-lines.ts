/** QEMU's command line as a real libvirt makes it of a definition, against what `args` says. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlaceOptions } from '../../src/addressing/place.ts';
import { type DeviceObject, formatJson } from '../../src/qemu/device-object.ts';
import { qemuDevices } from '../../src/qemu/guest-devices.ts';
import { argumentsOf, kindOf } from '../../test/corpus/arguments.ts';
import type { Libvirtd } from './daemon.ts';

const MARK = '=====native=====';
/** One argument of a program holds 128 KiB. */
const BATCH = 500;

/** The command line of each, or what libvirt says instead. */
export async function commandLines(libvirtd: Libvirtd, definitions: readonly string[]): Promise<string[]> {
  const { outside, inside } = libvirtd.work;
  const found: string[] = [];
  for (let from = 0; from < definitions.length; from += BATCH) {
    const batch = definitions.slice(from, from + BATCH);
    await Promise.all(batch.map((xml, i) => writeFile(join(outside, `a${i}.xml`), xml)));
    const answer = await libvirtd.virsh(batch.flatMap((_, i) => [`echo ${MARK}`, `domxml-to-native qemu-argv ${inside}/a${i}.xml`]));
    const parts = answer.split(`${MARK}\n`).slice(1);
    if (parts.length !== batch.length) throw new Error(`virsh answered to ${parts.length} of ${batch.length} definitions: ${answer.slice(0, 500)}`);
    found.push(...parts);
  }
  return found;
}

const OBJECTS = /"qom-type":"(iommufd|acpi-generic-initiator)"/;
const isOurs = (text: string): boolean => kindOf(text) !== undefined || text.startsWith('{"driver":"nvme",');

/**
 * libvirt hands QEMU an open descriptor of a function over iommufd; in a command line that nobody runs there is none, nor an address. Initiators it
 * counts over all guests of a daemon.
 */
function comparable(text: string): string {
  if (text.includes('acpi-generic-initiator')) return text.replace(/"id":"gi\d+"/, '"id":"gi"');
  return text.includes('"iommufd"') ? text.replace(/"host":"[^"]*",/, '') : text;
}

/** A line for each object that one side has and the other has not, or in another place. */
export function differentArguments(xml: string, commandLine: string, options: PlaceOptions): string[] {
  const ours = qemuDevices(xml, options);
  if (!ours.ok) return [`we refuse it: ${ours.problems[0]?.message}`];
  const format = (all: readonly DeviceObject[]): string[] => all.map(formatJson).map(comparable);
  const theirs = [...argumentsOf(commandLine, 'device').filter(isOurs), ...argumentsOf(commandLine, 'object').filter((text) => OBJECTS.test(text))].map(
    comparable,
  );
  const expected = [...format(ours.devices), ...format(ours.objects), ...format(ours.initiators)];
  return Array.from({ length: Math.max(theirs.length, expected.length) }, (_, i) => i).flatMap((i) =>
    theirs[i] === expected[i] ? [] : [`${i}: ${theirs[i] ?? 'nothing'}, and not ${expected[i] ?? 'nothing'}`],
  );
}
