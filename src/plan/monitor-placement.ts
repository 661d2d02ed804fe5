/** Where the functions that come go in a guest without libvirt: a free port each, or free ids on IBM Z. */
import type { HostdevSpec } from '../domain/hostdev-xml.ts';
import { HostdevError } from '../errors.ts';
import { formatPciAddress, type PciAddress } from '../pci/address.ts';
import { formatFid, formatUid, ZPCI_RANGE, type ZpciIds } from '../pci/zpci.ts';
import type { MonitorDevice, MonitorState } from '../state/monitor-state.ts';

/** One device as it is added. */
export interface Addition {
  readonly spec: HostdevSpec;
  readonly id: string;
  readonly bus: string | undefined;
  /** In the slot; undefined for a device of one function. */
  readonly function: number | undefined;
  readonly zpci: Required<ZpciIds> | undefined;
}

/**
 * A place for each function.
 *
 * @throws {HostdevError} `guest-no-slot`, `zpci-uid-in-use`, `zpci-unsupported`, ….
 */
export function placeInMonitor(state: MonitorState, specs: readonly HostdevSpec[]): Addition[] {
  return state.hasZpci ? placeOnZ(state, specs) : placeOnPorts(state, specs);
}

/** Bridges whose slot takes a device while the guest runs. */
const PORTS = new Set(['pcie-root-port', 'ioh3420', 'xio3130-downstream']);

function placeOnPorts({ devices, socket }: MonitorState, specs: readonly HostdevSpec[]): Addition[] {
  const ids = specs.find(({ zpci }) => zpci !== undefined);
  if (ids !== undefined)
    throw new HostdevError('zpci-unsupported', 'zPCI ids are given, but the guest has no zPCI', {
      subject: formatPciAddress(ids.source),
      hint: 'leave --uid and --fid out',
    });
  const used = new Set(devices.map(({ bus }) => bus));
  const ports = devices.flatMap(({ id, type }) => (PORTS.has(type) && !used.has(id) ? [id] : []));
  const isOne = specs.some(({ multifunction }) => multifunction === true);
  if (ports.length < (isOne ? 1 : specs.length)) {
    throw new HostdevError('guest-no-slot', `qmp:${socket}: the guest has no free hot-plug port`, {
      subject: `qmp:${socket}`,
      hint: 'start QEMU with more: -device pcie-root-port,id=rpN,chassis=N',
    });
  }
  return specs.map((spec, i) => ({ spec, id: deviceId(spec.source), bus: ports[isOne ? 0 : i], function: isOne ? i : undefined, zpci: undefined }));
}

function placeOnZ({ zpciIds }: MonitorState, specs: readonly HostdevSpec[]): Addition[] {
  if (specs.some(({ multifunction }) => multifunction === true)) {
    throw new HostdevError('option-conflict', 'on IBM Z each function is a device of its own', { hint: 'leave --multifunction out' });
  }
  const taken = { uid: new Set(zpciIds.map(({ uid }) => uid)), fid: new Set(zpciIds.map(({ fid }) => fid)) };
  const choose = (of: 'uid' | 'fid', wanted: number | undefined): number => {
    if (wanted !== undefined && taken[of].has(wanted)) {
      throw new HostdevError(of === 'uid' ? 'zpci-uid-in-use' : 'zpci-fid-in-use', `the guest has ${of} 0x${wanted.toString(16)} already`, {
        hint: `leave --${of} out to have one chosen`,
      });
    }
    let id: number = wanted ?? ZPCI_RANGE[of].min;
    while (taken[of].has(id)) id += 1;
    taken[of].add(id);
    return id;
  };
  return specs.map((spec) => ({
    spec,
    id: deviceId(spec.source),
    bus: undefined,
    function: undefined,
    zpci: { uid: choose('uid', spec.zpci?.uid), fid: choose('fid', spec.zpci?.fid) },
  }));
}

/** Our name for a function: never that of another one. */
export function deviceId(address: PciAddress): string {
  return `hostdev-${formatPciAddress(address).replaceAll(/[:.]/g, '-')}`;
}

/** Our name for the zpci object of a device. */
export function zpciObjectId(device: string): string {
  return `${device}-zpci`;
}

/** Ids of what shares a slot with a device: QEMU takes all functions of a slot out together. */
export function slotMates(devices: readonly MonitorDevice[], id: string): string[] {
  const own = devices.find((device) => device.id === id);
  return devices.flatMap((device) =>
    device.id !== id && device.bus === own?.bus && device.slot !== undefined && device.slot === own?.slot ? [device.id] : [],
  );
}

/** `behind rp0 as function 1`, `with uid 0x0001, fid 0x00000000` */
export function formatAdditionPlace({ bus, zpci, function: fn }: Addition): string {
  if (zpci !== undefined) return ` with uid ${formatUid(zpci.uid)}, fid ${formatFid(zpci.fid)}`;
  return ` behind ${bus ?? 'its PCI bus'}${fn === undefined ? '' : ` as function ${fn}`}`;
}

/** The device as QEMU takes it: arguments of `device_add`, one set an object. On IBM Z the zpci object comes before the function that it is for. */
export function formatAddition({ spec, id, bus, function: fn, zpci }: Addition): string {
  const zpciObject = zpci === undefined ? [] : [{ driver: 'zpci', id: zpciObjectId(id), uid: zpci.uid, fid: zpci.fid, target: id }];
  const device = {
    driver: 'vfio-pci',
    id,
    host: formatPciAddress(spec.source),
    ...(bus === undefined ? {} : { bus }),
    ...(fn === undefined ? {} : { addr: `0.${fn}`, multifunction: true }),
    ...(spec.bootOrder === undefined ? {} : { bootindex: spec.bootOrder }),
    ...romOf(spec.rom),
  };
  return JSON.stringify([...zpciObject, device]);
}

/** QEMU's words for what is shown of the ROM: hidden, none at all, or an image. */
function romOf(rom: HostdevSpec['rom']): { readonly rombar?: number; readonly romfile?: string } {
  if (rom === undefined || rom === 'on') return {};
  if (rom === 'off') return { rombar: 0 };
  return { romfile: rom === 'none' ? '' : rom.file };
}
