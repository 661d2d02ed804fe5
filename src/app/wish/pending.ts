/** What of the parts of a plan that come first can only be known once they are done, so that what stands on it is planned then. */
import type { Projection } from '../../host/projected-port.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { sysfsPath } from '../../pci/sysfs-name.ts';
import { type Change, functionsOf } from '../../plan/change.ts';
import { FUNCTIONS_GONE } from '../../plan/slot.ts';

export interface Pending {
  /** Physical function → how many virtual ones it will have. */
  readonly vfs: ReadonlyMap<string, number>;
  /** Function ids of slots that will be configured. */
  readonly slots: ReadonlySet<number>;
  /** Functions that go away, or back to whichever driver wants them. */
  readonly moved: ReadonlySet<string>;
  /** What is known of the rest. */
  readonly projection: Projection;
}

export const NOTHING_PENDING: Pending = { vfs: new Map(), slots: new Set(), moved: new Set(), projection: { texts: new Map(), links: new Map() } };

/** What is pending behind these changes. */
export function pendingBehind(before: Pending, changes: readonly Change[]): Pending {
  const vfs = new Map(before.vfs);
  const slots = new Set(before.slots);
  const moved = new Set(before.moved);
  const texts = new Map(before.projection.texts);
  const links = new Map(before.projection.links);
  for (const change of changes) {
    const { verb, subject, wanted } = change;
    for (const name of (change.before[FUNCTIONS_GONE] ?? '').split(' ')) if (name !== '') moved.add(name);
    if (verb === 'vf create' || verb === 'vf remove') vfs.set(subject, Number(wanted['count']));
    if (verb === 'slot on') slots.add(Number.parseInt(subject, 16));
    if (verb === 'release' || verb === 'detach' || verb === 'attach') for (const name of functionsOf(change)) moved.add(name);
    if (verb === 'prepare') {
      const at = sysfsPath(parsePciAddress(subject));
      links.set(`${at}/driver`, `../../../../bus/pci/drivers/${wanted['driver'] ?? ''}`);
      texts.set(`${at}/driver_override`, `${wanted['override'] ?? ''}\n`);
    }
    for (const step of change.steps) if (step.kind === 'file') texts.set(step.path, step.text);
  }
  return { vfs, slots, moved, projection: { texts, links } };
}
