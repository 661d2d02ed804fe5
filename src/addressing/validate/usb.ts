/**
 * Devices on USB need a USB controller, and USB can be switched off.
 *
 * Rules: docs/addressing.md §15.1.
 */
import { attribute } from '../../xml/read.ts';
import type { Device, DeviceKind } from '../guest/device.ts';
import { controllersOf, does, type Guest, hasGraphics } from '../guest/guest.ts';
import { isPpc64 } from '../machine/class.ts';
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
  const isOff = controllers.every((c) => c.model === 'none');
  const isWritten = controllers.some(({ element }) => attribute(element, 'model') === 'none');
  // The two are looked at while libvirt reads the definition, when its own controller is not there yet.
  const kinds: readonly DeviceKind[] = isOff ? ALL : isWritten ? ['input', 'hub'] : [];
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
  // A keyboard and a mouse are added, whatever other inputs there are. Measured with 9.0, 11.3 and 12.8: every machine of ppc64 and ppc64le and
  // every type of graphics; not on ppc, nor on any other architecture there is a QEMU of in the laboratory.
  if (off !== undefined && isOff && isPpc64(guest.arch) && hasGraphics(guest)) {
    report(guest, off, {
      code: 'device-unsupported',
      message: 'leaves no USB for the keyboard and the mouse that libvirt adds to POWER guests with graphics',
      hint: "write another model than 'none' at the USB controller, or remove <graphics>",
      element: off.element,
    });
  }
}
