/** Reads the block devices of a machine, what is stacked on them, and what that is used for. Source: the kernel's sysfs-block ABI. */
import { indexByFunction } from '../../state/by-function.ts';
import type { DeviceUser, OpenDevices } from '../../state/open-devices.ts';
import type { BlockMap } from '../../state/storage-uses.ts';
import { addHiddenUsers } from './hidden.ts';
import { type HostReader, readText } from '../port.ts';

const BLOCK = '/sys/class/block';

export async function readBlockMap(port: HostReader, open: OpenDevices): Promise<BlockMap> {
  const names = (await port.list(BLOCK)) ?? [];
  const paths = new Map<string, string>();
  const numbers = new Map<string, string>();
  const holders = new Map<string, readonly string[]>();
  const labels = new Map<string, string>();
  await Promise.all(
    names.map(async (name) => {
      const [path, dev, held, label] = await Promise.all([
        port.readlink(`${BLOCK}/${name}`),
        readText(port, `${BLOCK}/${name}/dev`),
        port.list(`${BLOCK}/${name}/holders`),
        readLabel(port, name),
      ]);
      if (path !== undefined) paths.set(name, path);
      if (dev !== undefined) numbers.set(dev, name);
      if (held !== undefined) holders.set(name, held);
      if (label !== undefined) labels.set(name, label);
    }),
  );
  const nodes = await deviceNames(port, paths);
  const uses = await readUses(port, numbers, nodes);
  await addHiddenUsers(port, numbers, { holders, labels, uses });
  return { byFunction: indexByFunction(await functionPaths(port, paths)), holders, labels, uses, openers: openersOf(nodes, open) };
}

/** A guest's disk, a database on a raw device: opened without a claim, so that nothing but the open file shows it. */
function openersOf(nodes: ReadonlyMap<string, string>, open: OpenDevices): Map<string, readonly DeviceUser[]> {
  const found = new Map<string, readonly DeviceUser[]>();
  for (const [path, users] of open) {
    const name = nodes.get(path);
    if (name !== undefined) found.set(name, [...(found.get(name) ?? []), ...users]);
  }
  return found;
}

/** What stands on a stacked device, in the words of its tools. */
async function readLabel(port: HostReader, name: string): Promise<string | undefined> {
  if (name.startsWith('dm-')) {
    const [dmName, uuid] = await Promise.all([readText(port, `${BLOCK}/${name}/dm/name`), readText(port, `${BLOCK}/${name}/dm/uuid`)]);
    const kind = /^(LVM|CRYPT|mpath|part)/.exec(uuid ?? '')?.[1] ?? 'dm';
    const words = { LVM: 'LVM', CRYPT: 'crypt', mpath: 'multipath', part: 'partition', dm: 'device mapper' }[kind];
    return `${words} ${dmName ?? name}`;
  }
  if (/^md\d/.test(name)) return `RAID ${name} (${(await readText(port, `${BLOCK}/${name}/md/level`)) ?? 'md'})`;
  if (name.startsWith('loop')) {
    const file = await readText(port, `${BLOCK}/${name}/loop/backing_file`);
    return file === undefined ? undefined : `loop ${file}`;
  }
  return name.startsWith('bcache') ? `bcache ${name}` : undefined;
}

/** Path below /dev → kernel's name. Device mapper's nodes have names of their own where udev made no links of them. */
async function deviceNames(port: HostReader, paths: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const found = new Map([...paths.keys()].map((name) => [`/dev/${name.replaceAll('!', '/')}`, name]));
  for (const name of paths.keys()) {
    const mapped = name.startsWith('dm-') ? await readText(port, `${BLOCK}/${name}/dm/name`) : undefined;
    if (mapped !== undefined) found.set(`/dev/mapper/${mapped}`, name);
  }
  return found;
}

async function readUses(port: HostReader, numbers: ReadonlyMap<string, string>, names: ReadonlyMap<string, string>): Promise<Map<string, string[]>> {
  const uses = new Map<string, string[]>();
  const add = (name: string | undefined, use: string): void => {
    if (name === undefined) return;
    const list = uses.get(name) ?? [];
    if (!list.includes(use)) list.push(use);
    uses.set(name, list);
  };
  const decoder = new TextDecoder();
  for (const line of decoder.decode(await port.read('/proc/self/mountinfo', 4 * 1024 * 1024)).split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const fields = left.split(' ');
    const [, source = ''] = right.split(' ');
    if (fields.length < 5) continue;
    // btrfs mounts have a number of their own; their source names one of the devices.
    const name = numbers.get(fields[2] ?? '') ?? names.get(source);
    add(name, `mounted on ${unescapeOctal(fields[4] ?? '')}`);
  }
  for (const line of decoder
    .decode(await port.read('/proc/swaps'))
    .split('\n')
    .slice(1)) {
    const [file = ''] = line.split(/\s+/);
    add(names.get(file), 'swap');
  }
  return uses;
}

/** Mount points have blanks written as octal numbers. */
function unescapeOctal(text: string): string {
  return text.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

async function readSubsystems(port: HostReader): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const subsystem of (await port.list('/sys/class/nvme-subsystem')) ?? []) {
    const controllers = ((await port.list(`/sys/class/nvme-subsystem/${subsystem}`)) ?? []).filter((name) => /^nvme\d+$/.test(name));
    const paths = await Promise.all(controllers.map((name) => port.readlink(`/sys/class/nvme/${name}`)));
    found.set(
      subsystem,
      paths.flatMap((path) => path ?? []),
    );
  }
  return found;
}

/** Namespaces may hang on a subsystem, which hangs on all of its controllers. */
async function functionPaths(port: HostReader, paths: ReadonlyMap<string, string>): Promise<[string, string][]> {
  const subsystems = await readSubsystems(port);
  return (
    [...paths]
      // A controller's private name of a namespace that the subsystem shows.
      .filter(([name]) => !/^nvme\d+c\d+n\d+/.test(name))
      .flatMap(([name, path]): [string, string][] => {
        const subsystem = /\/(nvme-subsys\d+)\//.exec(path)?.[1];
        return [path, ...(subsystem === undefined ? [] : (subsystems.get(subsystem) ?? []))].map((each) => [name, each]);
      })
  );
}
