/**
 * In which order a guest tries its devices. Source: libvirt formatdomain, "BIOS bootloader" and `<boot>` of disks, interfaces and host devices.
 *
 * Rules: docs/addressing.md §15.
 */
import { parseNumber } from '../../pci/number.ts';
import { attribute, childElement, descend } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';
import type { Device } from '../guest/device.ts';
import type { Guest } from '../guest/guest.ts';
import { deviceName } from '../guest/name.ts';
import { report } from './report.ts';

interface Bootable {
  readonly device: Device;
  readonly element: XmlElement;
  readonly text: string;
}

/** What is wrong with a boot order, behind the name of the device that has it. */
interface Conflict {
  readonly message: string;
  readonly hint: string;
}

/** Each order once, and none beside `<os><boot>`. */
export function checkBootOrder(guest: Guest): void {
  const holders = new Map<number, Device>();
  for (const { device, element, text } of bootable(guest)) {
    for (const conflict of conflictsOf(guest, text, holders)) report(guest, device, { code: 'boot-order', element, ...conflict });
    const order = orderOf(text);
    if (order !== undefined && !holders.has(order)) holders.set(order, device);
  }
}

/** Why a guest cannot have one more device with the boot order of this element. */
export function bootConflicts(guest: Guest, added: XmlElement): Conflict[] {
  const text = attribute(childElement(added, 'boot'), 'order');
  if (text === undefined) return [];
  const holders = bootable(guest).map((each): [number, Device] => [orderOf(each.text) ?? 0, each.device]);
  return conflictsOf(guest, text, new Map(holders));
}

function conflictsOf(guest: Guest, text: string, holders: ReadonlyMap<number, Device>): Conflict[] {
  const order = orderOf(text);
  if (order === undefined) return [{ message: `has boot order '${text}'`, hint: 'the device that is tried first has boot order 1' }];
  const found: Conflict[] = [];
  const general = descend(guest.domain.document.root, 'os', 'boot');
  if (general !== undefined) {
    const dev = attribute(general, 'dev') ?? '';
    found.push({
      message: `has boot order ${order}, but <os> has <boot dev='${dev}'/>, and the two exclude each other`,
      hint: `remove <boot dev='${dev}'/> and give its devices a boot order each, or leave this one out`,
    });
  }
  const holder = holders.get(order);
  if (holder !== undefined) {
    found.push({
      message: `wants boot order ${order}, which ${deviceName(holder)} has`,
      hint: 'give one of them another order; what is tried later has the larger one',
    });
  }
  return found;
}

function orderOf(text: string): number | undefined {
  const order = parseNumber(text);
  return order === undefined || order < 1 || !Number.isSafeInteger(order) ? undefined : order;
}

/** Devices with a boot order; an interface that is a host device once, as that. */
function bootable({ lists }: Guest): Bootable[] {
  const interfaces = lists.interface.filter((nic) => !lists.hostdev.some((hostdev) => hostdev.interface === nic));
  return [...lists.disk, ...interfaces, ...lists.hostdev, ...lists.redirdev].flatMap((device) => {
    const element = device.element === undefined ? undefined : childElement(device.element, 'boot');
    const text = attribute(element, 'order');
    return element === undefined || text === undefined ? [] : [{ device, element, text }];
  });
}
