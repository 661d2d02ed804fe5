/** Reading what others keep across boots. */
import { parseSysfsName } from '../../pci/sysfs-name.ts';
import { DRIVERCTL_DIRECTORY, type ForeignRule, vfioPciRules } from '../../state/persist/foreign-rules.ts';
import { readModprobeConfig } from '../modprobe-config.ts';
import { type HostReader, readText } from '../port.ts';

/** Longest command line of a kernel: s390x and x86 have 4096 and 2048 bytes, Arm as many. */
const COMMAND_LINE_LIMIT = 64 * 1024;

export async function readForeignRules(port: HostReader): Promise<ForeignRule[]> {
  const commandLine = (await readText(port, '/proc/cmdline', COMMAND_LINE_LIMIT)) ?? '';
  return [...(await readDriverctl(port)), ...vfioPciRules(commandLine, await readModprobeConfig(port))];
}

async function readDriverctl(port: HostReader): Promise<ForeignRule[]> {
  const found: ForeignRule[] = [];
  for (const name of ((await port.list(DRIVERCTL_DIRECTORY)) ?? []).filter((each) => parseSysfsName(each) !== undefined)) {
    const file = `${DRIVERCTL_DIRECTORY}/${name}`;
    const driver = await readText(port, file);
    if (driver !== undefined) found.push({ by: 'driverctl', file, what: name, driver, void: null });
  }
  return found;
}
