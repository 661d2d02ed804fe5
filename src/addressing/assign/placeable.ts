/**
 * What of a guest that was refused already can still be placed, so that one run tells all its faults: without what would only bring problems that
 * follow from those that are told.
 *
 * Rules: docs/addressing.md §15.
 */
import { childElements } from '../../xml/read.ts';
import type { Controller, Device, DeviceKind } from '../guest/device.ts';
import { controllers, controllersOf, type Guest } from '../guest/guest.ts';
import { impossibleKind, neededRoot, unreadableKind, wrongRoot } from '../validate/controller-kinds.ts';

/** The guest to place; undefined when nothing could be said about places. A guest without faults is placed as it is. */
export function placeable(guest: Guest): Guest | undefined {
  if (!guest.problems.hasErrors()) return guest;
  // Which bus it would have been is not known, so everything may be plugged into it.
  if (hasUnreadController(guest)) return undefined;
  const pci = controllersOf(guest, 'pci');
  const first = pci.filter((c, i) => pci.findIndex(({ index }) => index === c.index) === i);
  const kept = new Set(first.filter((c) => unreadableKind(c) === undefined && (impossibleKind(guest, c) === undefined || wrongRoot(guest, c) !== undefined)));
  const unjudged = new Set(pci.filter((c) => unreadableKind(c) !== undefined || differsFromFirst(c, first)).map(({ index }) => index));
  const isJudged = ({ place }: Device): boolean => place.type !== 'pci' || !unjudged.has(place.bus);
  const lists = Object.fromEntries(Object.entries(guest.lists).map(([kind, list]) => [kind, list.filter(isJudged)])) as Record<DeviceKind, Device[]>;
  lists.controller = controllers(guest)
    .filter((c) => c.type !== 'pci' || (kept.has(c) && isJudged(c)))
    .map((c) => (c.type === 'pci' && wrongRoot(guest, c) !== undefined ? { ...c, model: neededRoot(guest), settings: { ...c.settings } } : c));
  return { ...guest, lists };
}

function hasUnreadController({ domain, lists }: Guest): boolean {
  const written = domain.devices === undefined ? [] : childElements(domain.devices, 'controller');
  return written.some((element) => !lists.controller.some((c) => c.element === element));
}

/** Of two controllers with one index it is not known which bus is meant, unless they are of one kind. */
function differsFromFirst(controller: Controller, first: readonly Controller[]): boolean {
  return first.some(({ index, model }) => index === controller.index && model !== controller.model);
}
