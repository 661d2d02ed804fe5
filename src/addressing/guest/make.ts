/**
 * Devices that are not in the definition: what libvirt adds.
 *
 * Rules: docs/addressing.md §3.
 */
import { defaultStartPort } from './controllers.ts';
import { type Controller, type Device, type DeviceKind, emptyPlace } from './device.ts';

/** A device with nothing but a kind and the reason it was added. */
export function newDevice(kind: DeviceKind, added: string, model?: string): Device {
  return {
    kind,
    element: undefined,
    added,
    place: emptyPlace(),
    type: undefined,
    model,
    bus: undefined,
    target: undefined,
    group: 0,
    interface: undefined,
    hostdev: undefined,
    drive: undefined,
  };
}

export function newController(type: string, index: number, model: string | undefined, added: string): Controller {
  const master = type === 'usb' ? defaultStartPort(model) : undefined;
  return { ...newDevice('controller', added, model), kind: 'controller', type, index, master, ports: undefined, settings: {}, given: {}, modelGiven: false };
}
