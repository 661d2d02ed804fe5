/**
 * Stage "post-parse": everything libvirt adds to a definition before it looks for addresses.
 *
 * Rules: docs/addressing.md §5.
 */
import { addController } from '../guest/controllers.ts';
import { addDriveControllers } from '../guest/drives.ts';
import { controllers, doesOf, type Guest, hasGraphics } from '../guest/guest.ts';
import { newController, newDevice } from '../guest/make.ts';
import { collect } from '../problems.ts';
import { isS390 } from './class.ts';
import { applyDefaults, applyLateDefaults, videoModel } from './defaults.ts';
import { implicitDevices } from './implicit.ts';

/** Adds implicit devices and controllers and fills in default models. */
export function completeDefinition(guest: Guest): void {
  // What one step refuses keeps no other from finding its own faults.
  for (const step of STEPS) collect(guest.problems, () => step(guest));
}

const STEPS: readonly ((guest: Guest) => void)[] = [
  addImplicitDevices,
  applyDefaults,
  addSerialFromConsole,
  (guest) => addDriveControllers(guest.lists, doesOf(guest)),
  addVideo,
  applyLateDefaults,
];

function addVideo(guest: Guest): void {
  if (!hasGraphics(guest) || guest.lists.video.length > 0) return;
  guest.lists.video.push(newDevice('video', 'the guest has graphics', videoModel(guest)));
}

function addImplicitDevices(guest: Guest): void {
  const { lists } = guest;
  const implicit = implicitDevices(guest);
  const list = controllers(guest);
  const missing = (type: string): boolean => !list.some((c) => c.type === type && c.index === 0);
  const reason = `every ${guest.machine || guest.arch} guest has one`;
  if (implicit.usb.length > 0 && missing('usb')) {
    for (const model of implicit.usb) {
      addController(list, newController('usb', 0, model === 'default' ? undefined : model, reason), doesOf(guest));
    }
  }
  if (implicit.sata && missing('sata')) addController(list, newController('sata', 0, undefined, reason), doesOf(guest));
  if (implicit.root !== undefined && missing('pci')) addController(list, newController('pci', 0, implicit.root, reason), doesOf(guest));
  if (implicit.balloon && lists.memballoon.length === 0) lists.memballoon.push(newDevice('memballoon', reason, 'virtio'));
}

/** The first console of an hvm guest without serial is its serial. Only its being there matters here. */
function addSerialFromConsole(guest: Guest): void {
  const console = guest.lists.console[0];
  if (console === undefined || guest.lists.serial.length > 0 || guest.domain.osType !== 'hvm') return;
  if (console.bus !== undefined && console.bus !== 'serial') return;
  if (isS390(guest.arch)) return;
  guest.lists.serial.push(newDevice('serial', 'the first console is a serial line'));
}
