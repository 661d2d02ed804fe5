/** What `query-pci` tells about a guest's PCI. Source: QEMU's QMP reference, PciInfo. */
import { isRecord, malformedQmp } from './message.ts';

export interface QmpPciDevice {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
  /** As it was named when it was made; empty when it was not. */
  readonly id: string;
  /** Class code without programming interface, 0x0604 for a bridge. */
  readonly classCode: number;
  /** Behind a bridge: what is plugged in there. */
  readonly behind: readonly QmpPciDevice[] | undefined;
}

export interface QmpPciBus {
  readonly bus: number;
  readonly devices: readonly QmpPciDevice[];
}

/** @throws {HostdevError} `qmp-malformed`. */
export function readPciInfo(value: unknown): QmpPciBus[] {
  return listOf(value).map((bus) => ({ bus: numberOf(bus, 'bus'), devices: listOf(bus['devices']).map(readDevice) }));
}

function readDevice(device: Record<string, unknown>): QmpPciDevice {
  const bridge = device['pci_bridge'];
  const info = isRecord(device['class_info']) ? device['class_info'] : {};
  return {
    bus: numberOf(device, 'bus'),
    slot: numberOf(device, 'slot'),
    function: numberOf(device, 'function'),
    id: typeof device['qdev_id'] === 'string' ? device['qdev_id'] : '',
    classCode: numberOf(info, 'class'),
    behind: isRecord(bridge) ? listOf(bridge['devices'] ?? []).map(readDevice) : undefined,
  };
}

function listOf(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw malformedQmp('query-pci gives no list');
}

function numberOf(record: Readonly<Record<string, unknown>>, name: string): number {
  const value = record[name];
  if (typeof value === 'number') return value;
  throw malformedQmp(`query-pci gives no ${name}`);
}

/** Every device, bridges before what is behind them. */
export function allDevices(buses: readonly QmpPciBus[]): QmpPciDevice[] {
  const flat = (devices: readonly QmpPciDevice[]): QmpPciDevice[] => devices.flatMap((device) => [device, ...flat(device.behind ?? [])]);
  return buses.flatMap(({ devices }) => flat(devices));
}
