/** What a QEMU says about its host devices and its free places. */
import type { PciAddress } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { deviceId, zpciObjectId } from '../../plan/monitor-placement.ts';
import type { Qmp } from '../../qmp/client/qmp.ts';
import { isRecord, malformedQmp } from '../../qmp/protocol/message.ts';
import type { MonitorDevice, MonitorHostdev, MonitorState } from '../../state/monitor-state.ts';

/** Where devices have their ids. */
const PERIPHERAL = '/machine/peripheral';

/** Reads a guest through its monitor. */
export async function readMonitor(qmp: Qmp, socket: string): Promise<MonitorState> {
  const { status } = await ask(qmp, 'query-status');
  const { arch } = await ask(qmp, 'query-target');
  const { name } = await ask(qmp, 'query-name');
  const hasZpci = arch === 's390x';
  return {
    socket,
    name: typeof name === 'string' ? name : undefined,
    status: typeof status === 'string' ? status : 'unknown',
    hasZpci,
    hostdevs: await readHostdevs(qmp),
    devices: await readDevices(qmp),
    zpciIds: hasZpci ? await readZpciIds(qmp) : [],
  };
}

/** The host devices of a guest, whoever added them. */
export async function readHostdevs(qmp: Qmp): Promise<MonitorHostdev[]> {
  const found: MonitorHostdev[] = [];
  for (const { name } of (await listChildren(qmp, PERIPHERAL)).filter(({ type }) => type.startsWith('child<vfio-pci'))) {
    const host = await qmp.execute('qom-get', { path: `${PERIPHERAL}/${name}`, property: 'host' });
    if (typeof host === 'string' && host !== '') found.push({ id: name, host: parsePciAddress(host) });
  }
  return found;
}

/** What an addition that was broken off has left of a function: the zpci object, which comes before it. */
export async function findRemains(qmp: Qmp, host: PciAddress): Promise<string | undefined> {
  const id = zpciObjectId(deviceId(host));
  return (await listChildren(qmp, PERIPHERAL)).some(({ name, type }) => name === id && type === 'child<zpci>') ? id : undefined;
}

/** @throws {HostdevError} `qmp-malformed`. */
async function ask(qmp: Qmp, command: string): Promise<Record<string, unknown>> {
  const answer = await qmp.execute(command);
  if (!isRecord(answer)) throw malformedQmp(`${command} gives no object`);
  return answer;
}

interface Child {
  readonly name: string;
  readonly type: string;
}

/** @throws {HostdevError} `qmp-malformed`. */
async function listChildren(qmp: Qmp, path: string): Promise<readonly Child[]> {
  const children = await qmp.execute('qom-list', { path });
  if (Array.isArray(children) && children.every(isChild)) return children;
  throw malformedQmp('qom-list gives no list of names and types');
}

function isChild(value: unknown): value is Child {
  return isRecord(value) && typeof value['name'] === 'string' && typeof value['type'] === 'string';
}

async function readDevices(qmp: Qmp): Promise<MonitorDevice[]> {
  const devices: MonitorDevice[] = [];
  for (const directory of [PERIPHERAL, `${PERIPHERAL}-anon`]) {
    for (const { name, type } of (await listChildren(qmp, directory)).filter((child) => child.type.startsWith('child<'))) {
      const get = (property: string): Promise<unknown> => qmp.execute('qom-get', { path: `${directory}/${name}`, property }).catch(() => undefined);
      const [bus, devfn] = [await get('parent_bus'), await get('addr')];
      devices.push({
        id: name,
        type: type.slice('child<'.length, -1),
        bus: typeof bus === 'string' ? bus.split('/').at(-1) : undefined,
        // Slot and function in one number; negative where QEMU has not chosen yet.
        slot: typeof devfn === 'number' && devfn >= 0 ? devfn >> 3 : undefined,
      });
    }
  }
  return devices;
}

async function readZpciIds(qmp: Qmp): Promise<MonitorState['zpciIds']> {
  const ids = [];
  for (const { name } of (await listChildren(qmp, PERIPHERAL)).filter(({ type }) => type === 'child<zpci>')) {
    const get = (property: string): Promise<unknown> => qmp.execute('qom-get', { path: `${PERIPHERAL}/${name}`, property });
    const [uid, fid] = [await get('uid'), await get('fid')];
    if (typeof uid !== 'number' || typeof fid !== 'number') throw malformedQmp(`${name} has a uid or fid that is no number`);
    ids.push({ uid, fid });
  }
  return ids;
}
