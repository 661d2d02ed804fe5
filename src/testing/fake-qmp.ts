/** A QEMU that is no more than its monitor: devices that are only names, and a guest that lets go or does not. */
import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeQmpOptions {
  /** `x86_64` when missing. */
  readonly arch?: string;
  /** Root ports that are free, by id. */
  readonly ports?: readonly string[];
}

export interface FakeQmp {
  readonly socket: string;
  /** Devices that were added, by id. */
  readonly devices: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** Adds one as somebody at another monitor would. */
  readonly add: (id: string, properties: Readonly<Record<string, unknown>>) => void;
  /** Takes one out, likewise. */
  readonly remove: (id: string) => void;
  /** What the guest does when a device is to go. */
  onDetach: 'release' | 'at once' | 'refuse' | 'ignore';
  /** Requests to let a device go, so far. */
  asked: number;
  /** Words with which the next additions of a driver fail. */
  readonly fail: Map<string, string>;
  /** Words with which removals of a driver's devices fail. */
  readonly failRemoval: Map<string, string>;
  /** Sends an event to whoever is connected. */
  readonly tell: (event: string, data: object) => void;
  readonly stop: () => Promise<void>;
}

class Refused extends Error {
  readonly class: string;
  constructor(text: string, name = 'GenericError') {
    super(text);
    this.class = name;
  }
}

type Args = Record<string, unknown>;

/** Starts a monitor on a socket of its own, for tests. */
export async function startFakeQmp({ ports = [], arch = 'x86_64' }: FakeQmpOptions = {}): Promise<FakeQmp> {
  const socket = join(tmpdir(), `hostdev-qmp-${process.pid}-${randomBytes(4).toString('hex')}.sock`);
  const devices = new Map<string, Args>();
  const clients = new Set<Socket>();
  const waiting: Socket[] = [];
  const tell = (event: string, data: object): void => {
    for (const client of clients) client.write(`${JSON.stringify({ event, data, timestamp: { seconds: 0, microseconds: 0 } })}\r\n`);
  };
  const fake: FakeQmp = {
    socket,
    devices,
    add: (id, properties) => void devices.set(id, { ...properties }),
    remove: (id) => void devices.delete(id),
    onDetach: 'release',
    asked: 0,
    fail: new Map(),
    failRemoval: new Map(),
    tell,
    stop: async () => {
      for (const client of [...clients, ...waiting]) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      await unlink(socket).catch(() => undefined);
    },
  };
  const name = (path: unknown): string => String(path).replace('/machine/peripheral/', '');
  const commands: Record<string, (args: Args) => unknown> = {
    qmp_capabilities: () => ({}),
    'query-status': () => ({ status: 'running', running: true }),
    'query-name': () => ({ name: 'fake' }),
    'query-target': () => ({ arch }),
    'query-pci': () => [{ bus: 0, devices: ports.map((id, i) => port(id, i, [...devices])) }],
    'qom-list': ({ path }) => {
      if (path !== '/machine/peripheral') return [];
      const made = [...devices].map(([id, { driver }]) => ({ name: id, type: `child<${String(driver)}>` }));
      return [...ports.map((id) => ({ name: id, type: 'child<pcie-root-port>' })), ...made];
    },
    'qom-get': ({ path, property }) => {
      if (property === 'type' && ports.includes(name(path))) return 'pcie-root-port';
      const device = devices.get(name(path));
      if (device !== undefined && property === 'parent_bus') return busOf(device);
      if (device !== undefined && property === 'addr' && device['driver'] !== 'zpci') {
        // On a bus of many slots each device has one of its own.
        const [slot = '0', fn = '0'] = String(device['addr'] ?? `${device['bus'] === undefined ? [...devices.values()].indexOf(device) : 0}.0`).split('.');
        return Number(slot) * 8 + Number(fn);
      }
      if (device !== undefined) return device[String(property)] ?? 0;
      throw new Refused(`Device '${String(path)}' not found`, 'DeviceNotFound');
    },
    device_add: ({ driver, id, ...args }) => {
      const reason = fake.fail.get(String(driver));
      if (reason !== undefined) throw new Refused(reason);
      if (devices.has(String(id))) throw new Refused(`Duplicate device ID '${String(id)}'`);
      if (args['bus'] !== undefined && !ports.includes(String(args['bus']))) throw new Refused(`Bus '${String(args['bus'])}' not found`);
      devices.set(String(id), { driver, ...args });
      return {};
    },
    device_del: ({ id }) => {
      const name = String(id);
      if (!devices.has(name)) throw new Refused(`Device '${name}' not found`, 'DeviceNotFound');
      const reason = fake.failRemoval.get(String(devices.get(name)?.['driver']));
      if (reason !== undefined) throw new Refused(reason);
      fake.asked += 1;
      if (fake.onDetach === 'refuse') setTimeout(() => tell('DEVICE_UNPLUG_GUEST_ERROR', { device: name, path: `/machine/peripheral/${name}` }), 2);
      const goes = (): void => {
        devices.delete(name);
        tell('DEVICE_DELETED', { device: name, path: `/machine/peripheral/${name}` });
      };
      // What the guest has not looked at yet is gone before the answer.
      if (fake.onDetach === 'at once') goes();
      if (fake.onDetach === 'release') setTimeout(goes, 2);
      return {};
    },
  };
  const server = createServer((client) => {
    waiting.push(client);
    client.on('close', () => {
      clients.delete(client);
      waiting.splice(0, waiting.length, ...waiting.filter((each) => each !== client));
      attendNext();
    });
    client.on('error', () => undefined);
    attendNext();
  });
  // One client at a time, as QEMU has it: others wait without a word.
  const attendNext = (): void => {
    if (clients.size > 0) return;
    const client = waiting.shift();
    if (client === undefined) return;
    clients.add(client);
    client.write(`${JSON.stringify({ QMP: { version: { qemu: { micro: 2, minor: 0, major: 10 }, package: '' }, capabilities: ['oob'] } })}\r\n`);
    let rest = '';
    client.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) client.write(`${answer(commands, line)}\r\n`);
    });
  };
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return fake;
}

/** As QEMU has them: a path that ends with the name of the bus. */
function busOf({ driver, bus }: Args): string {
  if (bus !== undefined) return `/machine/peripheral/${String(bus)}/${String(bus)}`;
  return driver === 'zpci' ? '/machine/s390-pcihost/s390-pcibus.0' : '/machine/s390-pcihost/pci.0';
}

function answer(commands: Readonly<Record<string, (args: Args) => unknown>>, line: string): string {
  const { execute, arguments: args = {}, id } = JSON.parse(line) as { execute: string; arguments?: Args; id: number };
  try {
    const command = commands[execute];
    if (command === undefined) throw new Refused(`The command ${execute} has not been found`, 'CommandNotFound');
    return JSON.stringify({ return: command(args), id });
  } catch (error) {
    return JSON.stringify({ error: { class: error instanceof Refused ? error.class : 'GenericError', desc: (error as Error).message }, id });
  }
}

function port(id: string, slot: number, devices: readonly (readonly [string, Args])[]): object {
  const behind = devices
    .filter(([, args]) => args['bus'] === id)
    .map(([name, { addr }]) => ({
      ...PLACE,
      bus: slot + 1,
      slot: 0,
      function: Number(String(addr ?? '0.0').split('.')[1]),
      qdev_id: name,
      class_info: { class: 512 },
    }));
  return {
    ...PLACE,
    bus: 0,
    slot: slot + 1,
    qdev_id: id,
    class_info: { class: 0x0604 },
    pci_bridge: { bus: { number: 0, secondary: slot + 1 }, devices: behind },
  };
}

const PLACE = { function: 0, id: {}, irq_pin: 0, regions: [] };
