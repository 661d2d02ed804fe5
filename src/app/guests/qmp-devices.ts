/** What a QEMU says about its host devices and its free places. */
import { HostdevError } from '../../errors.ts';
import { formatPciAddress, type PciAddress } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import type { Qmp } from '../../qmp/client/qmp.ts';

/** Where devices have their ids. */
const PERIPHERAL = '/machine/peripheral';

/** Bridges whose slot takes a device while the guest runs. */
const PORTS = new Set(['pcie-root-port', 'ioh3420', 'xio3130-downstream']);

export interface QmpHostdev {
  readonly id: string;
  readonly host: PciAddress;
}

/** The host devices of a guest, whoever added them. */
export async function listQmpHostdevs(qmp: Qmp): Promise<QmpHostdev[]> {
  const children = (await qmp.execute('qom-list', { path: PERIPHERAL })) as { readonly name: string; readonly type: string }[];
  const found: QmpHostdev[] = [];
  for (const { name } of children.filter(({ type }) => type.startsWith('child<vfio-pci'))) {
    const host = await qmp.execute('qom-get', { path: `${PERIPHERAL}/${name}`, property: 'host' });
    if (typeof host === 'string' && host !== '') found.push({ id: name, host: parsePciAddress(host) });
  }
  return found;
}

/** Ids of what shares a slot with a device: QEMU takes all functions of a slot out together. */
export function slotMates(devices: readonly QmpDevice[], id: string): string[] {
  const own = devices.find((device) => device.id === id);
  return devices.flatMap((device) =>
    device.id !== id && device.bus === own?.bus && device.slot !== undefined && device.slot === own?.slot ? [device.id] : [],
  );
}

interface QmpDevice {
  readonly id: string;
  readonly type: string;
  /** Name of the bus that it is on. */
  readonly bus: string | undefined;
  /** On that bus; undefined for what is not on PCI. */
  readonly slot: number | undefined;
}

/** Devices by where QEMU has put them; a guest that has not booted yet has not numbered its buses. */
export async function listDevices(qmp: Qmp): Promise<QmpDevice[]> {
  const devices: QmpDevice[] = [];
  for (const directory of [PERIPHERAL, `${PERIPHERAL}-anon`]) {
    const children = (await qmp.execute('qom-list', { path: directory })) as { readonly name: string; readonly type: string }[];
    for (const { name, type } of children.filter((child) => child.type.startsWith('child<'))) {
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

/** Our name for a function: never that of another one. */
export function qmpId(address: PciAddress): string {
  return `hostdev-${formatPciAddress(address).replaceAll(/[:.]/g, '-')}`;
}

/** Ids of ports with nothing behind them. */
export async function freePorts(qmp: Qmp): Promise<string[]> {
  const devices = await listDevices(qmp);
  const used = new Set(devices.map(({ bus }) => bus));
  return devices.flatMap(({ id, type }) => (PORTS.has(type) && !used.has(id) ? [id] : []));
}

/** Whether the guest is one of IBM Z, where every function has a zpci object beside it. */
export async function hasZpci(qmp: Qmp): Promise<boolean> {
  const target = (await qmp.execute('query-target')) as { readonly arch?: unknown };
  return target.arch === 's390x';
}

/** uid and fid of every zpci object. */
export async function usedZpciIds(qmp: Qmp): Promise<{ readonly uid: number; readonly fid: number; readonly id: string; readonly target: string }[]> {
  const children = (await qmp.execute('qom-list', { path: PERIPHERAL })) as { readonly name: string; readonly type: string }[];
  const ids = [];
  for (const { name } of children.filter(({ type }) => type === 'child<zpci>')) {
    const get = (property: string): Promise<unknown> => qmp.execute('qom-get', { path: `${PERIPHERAL}/${name}`, property });
    const [uid, fid, target] = [await get('uid'), await get('fid'), await get('target')];
    ids.push({ uid: Number(uid), fid: Number(fid), id: name, target: String(target) });
  }
  return ids;
}

export function noFreePort(name: string): HostdevError {
  return new HostdevError('guest-no-slot', `${name}: the guest has no free hot-plug port`, {
    subject: name,
    hint: 'start QEMU with more: -device pcie-root-port,id=rpN,chassis=N',
  });
}
