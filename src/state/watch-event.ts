/** What changes on a host and in its guests, as events. */
import { formatPciAddress } from '../pci/address.ts';
import type { NodeDevice } from './node-device.ts';

/** One change. */
export interface WatchEvent {
  /** ISO 8601. */
  readonly time: string;
  /** `0007:00:00.0`, or the name of a guest. */
  readonly subject: string;
  readonly event:
    | 'function appeared'
    | 'function gone'
    | 'driver changed'
    | 'virtual functions changed'
    | 'guest started'
    | 'guest stopped'
    | 'guest changed'
    | 'attached'
    | 'detached'
    | 'refused to detach'
    | 'libvirt lost'
    | 'libvirt found';
  readonly detail: string;
}

/** A change before it is said when it was seen. */
export type Seen = Omit<WatchEvent, 'time'>;

/** What is different between two looks at the functions of a host. */
export function functionChanges(before: readonly NodeDevice[], after: readonly NodeDevice[]): Seen[] {
  const [had, has] = [byName(before), byName(after)];
  const changed = [...had].flatMap(([subject, device]) => changesOf(subject, device, has.get(subject)));
  const appeared = [...has].flatMap(([subject, { driver }]): Seen[] =>
    had.has(subject) ? [] : [{ subject, event: 'function appeared', detail: `with ${driver ?? 'no driver'}` }],
  );
  return [...changed, ...appeared];
}

function changesOf(subject: string, before: NodeDevice, now: NodeDevice | undefined): Seen[] {
  const driver = before.driver ?? 'no driver';
  if (now === undefined) return [{ subject, event: 'function gone', detail: `was with ${driver}` }];
  const [had, has] = [before.sriov?.numVfs ?? 0, now.sriov?.numVfs ?? 0];
  return [
    ...(now.driver === before.driver ? [] : [{ subject, event: 'driver changed' as const, detail: `${driver} → ${now.driver ?? 'no driver'}` }]),
    ...(had === has ? [] : [{ subject, event: 'virtual functions changed' as const, detail: `${had} → ${has}` }]),
  ];
}

function byName(functions: readonly NodeDevice[]): ReadonlyMap<string, NodeDevice> {
  return new Map(functions.map((device) => [formatPciAddress(device.address), device]));
}
