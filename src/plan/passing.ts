/** What speaks against taking functions and passes by itself, within seconds. */
import type { Judgment } from '../state/judge.ts';
import type { Refusal } from './assignable.ts';

/** udev opens a new disk to see what is on it: whoever takes a function that has just come back would be refused for that. */
const UDEV: ReadonlySet<string> = new Set(['(udev-worker)', 'systemd-udevd', 'udevd']);

/** Whether udev is all that uses any of these. */
export function onlyUdevUses(judgments: readonly Judgment[]): boolean {
  const inUse = judgments.filter(({ verdict }) => verdict === 'in use');
  return inUse.length > 0 && inUse.every(({ evidence }) => evidence.every(({ openBy }) => openBy !== undefined && UDEV.has(openBy)));
}

/**
 * Whether what comes first is that a guest holds a function, by nothing but a file of libvirt's. libvirt says that a guest has let go, then gives the
 * function back to its host driver, and only then writes it down; probing a driver can take seconds.
 */
export function isHeldByNote([first]: readonly Refusal[]): boolean {
  return first?.code === 'function-held' && first.isNote;
}
