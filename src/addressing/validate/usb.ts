/**
 * Devices on USB need a USB controller, and USB can be switched off.
 *
 * Rules: docs/addressing.md §15.
 */
import { attribute } from '../../xml/read.ts';
import type { Device, DeviceKind } from '../guest/device.ts';
import { controllersOf, does, type Guest } from '../guest/guest.ts';
import { report } from './report.ts';

/** Which devices of a kind are on USB. A file system of driver mtp is one, a smart card hangs on a reader that is. */
const ON_USB: Partial<Record<DeviceKind, (device: Device, guest: Guest) => boolean>> = {
  disk: ({ bus }) => bus === 'usb',
  interface: ({ model }, guest) => model === 'usb-net' && does(guest, 'usb-net'),
  sound: ({ model }) => model === 'usb',
  hostdev: ({ hostdev }) => hostdev?.type === 'usb',
  smartcard: () => true,
  serial: ({ bus }) => bus === 'usb-serial',
  input: ({ bus }) => bus === 'usb',
  filesystem: ({ bus }) => bus === 'mtp',
  hub: ({ type }) => type === 'usb',
  redirdev: ({ element }) => attribute(element, 'bus') === 'usb',
};

const ALL = Object.keys(ON_USB) as DeviceKind[];

export function checkUsbDevices(guest: Guest): void {
  const controllers = controllersOf(guest, 'usb');
  const off = controllers.find((c) => c.model === 'none');
  const isWritten = controllers.some(({ element }) => attribute(element, 'model') === 'none');
  // The two are looked at while libvirt reads the definition, when its own controller is not there yet.
  const kinds: readonly DeviceKind[] = controllers.every((c) => c.model === 'none') ? ALL : isWritten ? ['input', 'hub'] : [];
  for (const kind of kinds) {
    for (const device of guest.lists[kind]) {
      if (ON_USB[kind]?.(device, guest) !== true) continue;
      report(guest, device, {
        code: 'device-unsupported',
        message: 'is on USB, but the guest has none',
        hint:
          off?.element === undefined
            ? "add <controller type='usb' model='qemu-xhci'/>, or remove the device"
            : "write another model than 'none' at the USB controller, or remove the device",
        element: device.element,
      });
    }
  }
}
