/** The outcome as data: which device sits where, and who decided. */
import { locationIn } from '../xml/position.ts';
import type { SourceLocation } from '../errors.ts';
import type { ZpciIds } from '../pci/zpci.ts';
import { formatSlot, slotOf } from './buses/slots.ts';
import {
  type AddressReason,
  type ControllerTarget,
  type Device,
  type DeviceKind,
  isController,
  isPresent,
  type Place,
  type ZpciReason,
} from './guest/device.ts';
import { type Guest, visitAll } from './guest/guest.ts';
import { deviceName } from './guest/name.ts';

/** One device of the guest that has to do with PCI. */
export interface Placement {
  readonly kind: DeviceKind;
  /** `hostdev 0002:00:00.0`, `disk vda`, … */
  readonly name: string;
  /** Guest address as `bb:ss.f` with domain 0; undefined for a root, which has none. */
  readonly address: string | undefined;
  readonly reason: AddressReason | undefined;
  readonly multifunction: 'on' | 'off' | undefined;
  readonly zpci: ZpciIds | undefined;
  readonly zpciReason: { readonly uid: ZpciReason | undefined; readonly fid: ZpciReason | undefined } | undefined;
  /** Why libvirt adds the device; undefined for one of the definition. */
  readonly added: string | undefined;
  readonly controller: ({ readonly index: number; readonly model: string | undefined } & ControllerTarget) | undefined;
  /** Where the device stands in the definition. */
  readonly location: SourceLocation | undefined;
}

export function listPlacements(guest: Guest): Placement[] {
  const seen = new Set<Place>();
  const own = new Map(guest.lists.hostdev.map((h) => [h.place, h]));
  const found: Placement[] = [];
  for (const visited of visitAll(guest)) {
    const { place } = visited;
    if (seen.has(place) || !concernsPci(visited)) continue;
    seen.add(place);
    found.push(toPlacement(guest, visited.kind === 'interface' ? (own.get(place) ?? visited) : visited));
  }
  return found;
}

function concernsPci(device: Device): boolean {
  return isPresent(device.place) || device.place.type === 'unassigned' || (isController(device) && device.type === 'pci');
}

function toPlacement(guest: Guest, device: Device): Placement {
  const { place } = device;
  const hasIds = place.uid !== undefined || place.fid !== undefined;
  return {
    kind: device.kind,
    name: deviceName(device),
    address: isPresent(place) ? formatSlot(slotOf(place)) : undefined,
    reason: place.reason,
    multifunction: place.multifunction,
    zpci: hasIds ? { ...(place.uid === undefined ? {} : { uid: place.uid }), ...(place.fid === undefined ? {} : { fid: place.fid }) } : undefined,
    zpciReason: hasIds ? { uid: place.uidReason, fid: place.fidReason } : undefined,
    added: device.added,
    controller: isController(device) && device.type === 'pci' ? { index: device.index, model: device.model, ...device.settings } : undefined,
    location: device.element === undefined ? undefined : locationIn(guest.domain.document, device.element.start, guest.domain.file),
  };
}
