/**
 * The list of controllers: where a new one goes, and which index it gets.
 *
 * Rules: docs/addressing.md §3.
 */
import type { ChangeName } from '../libvirt/changes.ts';
import type { Controller } from './device.ts';

/**
 * Puts a controller where libvirt would: by index among those of its type, an ICH9 companion behind its
 * master. The same rule serves controllers of the definition, implicit ones and added ones.
 */
export function insertController(list: Controller[], added: Controller): void {
  const sameType = list.filter((c) => c.type === added.type);
  const last = sameType.at(-1);
  const behindLast = last === undefined ? list.length : list.indexOf(last) + 1;
  if (added.index < 0) {
    list.splice(behindLast, 0, added);
    return;
  }
  const larger = sameType.find((c) => c.index > added.index || (added.master === undefined && c.index === added.index && c.master !== undefined));
  list.splice(larger === undefined ? behindLast : list.indexOf(larger), 0, added);
}

/** Whether the libvirt that is spoken for has a change. */
export type Does = (change: ChangeName) => boolean;

/** Puts a controller that libvirt adds: where one of the definition would go, or before libvirt did so, at the end. */
export function addController(list: Controller[], added: Controller, does: Does): void {
  if (does('controllers-in-order')) insertController(list, added);
  else list.push(added);
}

/** The lowest index no controller of that type has. */
export function lowestFreeIndex(list: readonly Controller[], type: string): number {
  const used = new Set(list.filter((c) => c.type === type).map((c) => c.index));
  let index = 0;
  while (used.has(index)) index += 1;
  return index;
}

const ICH9 = new Set(['ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3']);

export function isIch9(controller: Controller): boolean {
  return controller.type === 'usb' && controller.model !== undefined && ICH9.has(controller.model);
}

/**
 * Gives every controller without index one: the lowest free of its type; the parts of an ICH9 USB2 set share
 * theirs. Once such a part was met the whole list is put in order anew.
 */
export function completeIndexes(list: Controller[], does: Does): void {
  let rebuild = false;
  list.forEach((controller, position) => {
    if (controller.index >= 0) return;
    if (isIch9(controller) && position > 0) {
      rebuild = true;
      const previous = list.slice(0, position).findLast((c) => c.type === 'usb');
      if (previous !== undefined && isIch9(previous)) {
        const taken = list.some((c) => c.type === 'usb' && c.index === previous.index && c.model === controller.model);
        if (!taken) {
          controller.index = previous.index;
          return;
        }
      }
    }
    controller.index = lowestFreeIndex(list, controller.type);
  });
  if (!rebuild || !does('ich9-order')) return;
  const all = list.splice(0);
  for (const controller of all) insertController(list, controller);
}

/** First port of an ICH9 companion on its master, where the definition does not say. */
export function defaultStartPort(model: string | undefined): number | undefined {
  return model === 'ich9-uhci1' ? 0 : model === 'ich9-uhci2' ? 2 : model === 'ich9-uhci3' ? 4 : undefined;
}
