/** Functions that are kept with a driver by other means than ours: seen, told, and left alone. */
import { parseSysfsName } from '../pci/sysfs-name.ts';
import { type HostReader, readText } from '../host/port.ts';

export interface ForeignRule {
  readonly by: 'driverctl' | 'kernel command line' | 'modprobe';
  /** Where it stands. */
  readonly file: string;
  /** Address of the function, or the vendor:device ids that are taken. */
  readonly what: string;
  readonly driver: string;
}

const DRIVERCTL = '/etc/driverctl.d';

/** `vfio-pci.ids=` is read by the module whether it is written with a hyphen or an underscore. */
const BOOT_OPTION = /(?:^|\s)vfio[-_]pci\.ids=(\S+)/g;

const MODPROBE_OPTION = /^\s*options\s+vfio[-_]pci\s.*?\bids=(\S+)/;

export async function findForeignRules(port: HostReader): Promise<ForeignRule[]> {
  return [...(await driverctl(port)), ...(await commandLine(port)), ...(await modprobe(port))];
}

/** One file an address: its text is the driver. */
async function driverctl(port: HostReader): Promise<ForeignRule[]> {
  const found: ForeignRule[] = [];
  for (const name of (await port.list(DRIVERCTL)) ?? []) {
    const driver = await readText(port, `${DRIVERCTL}/${name}`);
    if (parseSysfsName(name) !== undefined && driver !== undefined) found.push({ by: 'driverctl', file: `${DRIVERCTL}/${name}`, what: name, driver });
  }
  return found;
}

async function commandLine(port: HostReader): Promise<ForeignRule[]> {
  const text = (await readText(port, '/proc/cmdline')) ?? '';
  return [...text.matchAll(BOOT_OPTION)].flatMap((match) =>
    idsOf(match[1]).map((what) => ({ by: 'kernel command line' as const, file: '/proc/cmdline', what, driver: 'vfio-pci' })),
  );
}

async function modprobe(port: HostReader): Promise<ForeignRule[]> {
  const found: ForeignRule[] = [];
  for (const directory of ['/etc/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d']) {
    for (const name of ((await port.list(directory)) ?? []).filter((each) => each.endsWith('.conf'))) {
      const file = `${directory}/${name}`;
      for (const line of ((await readText(port, file, 64 * 1024)) ?? '').split('\n'))
        for (const what of idsOf(MODPROBE_OPTION.exec(line)?.[1])) found.push({ by: 'modprobe', file, what, driver: 'vfio-pci' });
    }
  }
  return found.filter((rule, i) => found.findIndex((other) => other.file.endsWith(rule.file.replace(/^\/usr/, '')) && other.what === rule.what) === i);
}

function idsOf(list: string | undefined): string[] {
  return (list ?? '')
    .replaceAll(/^["']|["']$/g, '')
    .split(',')
    .filter((id) => /^[0-9a-fA-F]{1,8}(:[0-9a-fA-F]{1,8})+$/.test(id));
}
