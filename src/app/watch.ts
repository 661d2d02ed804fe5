/** `hostdev watch`: one line for every change of the host's functions and of what guests hold. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../errors.ts';
import { readInventory } from '../host/inventory.ts';
import type { NodeDevice } from '../state/node-device.ts';
import type { HostReader } from '../host/port.ts';
import type { GuestEvent, Libvirt } from '../libvirt/index.ts';
import { formatPciAddress } from '../pci/address.ts';

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

export interface WatchOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks at sysfs. */
  readonly everyMs: number;
  /** Milliseconds until libvirt is tried again; {@link RECONNECT_MS} when missing. */
  readonly reconnectMs?: number;
  readonly onEvent: (event: WatchEvent) => void;
  /** Connects to libvirt; tried again while it fails. Without it guests are not watched. */
  readonly connect?: (() => Promise<Libvirt>) | undefined;
  /** Now, ISO 8601. */
  readonly now: () => string;
}

/** Watches until the signal. */
export async function watch(port: HostReader, options: WatchOptions): Promise<void> {
  // When one half fails the other one ends as well.
  const failed = new AbortController();
  const both = { ...options, signal: AbortSignal.any([options.signal, failed.signal]) };
  const halves = [watchFunctions(port, both), options.connect === undefined ? undefined : watchGuests(options.connect, both)];
  await Promise.all(
    halves.map(async (half) => {
      try {
        await half;
      } catch (error) {
        failed.abort();
        throw error;
      }
    }),
  );
}

async function watchFunctions(port: HostReader, { signal, everyMs, onEvent, now }: WatchOptions): Promise<void> {
  let before = await look(port);
  for (let ends = false; !ends; ) {
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    // Whoever ends it right after a change is told of that change.
    ends = signal.aborted;
    const after = await look(port);
    for (const change of functionChanges(before, after)) onEvent({ time: now(), ...change });
    before = after;
  }
}

type Looked = ReadonlyMap<string, NodeDevice>;

async function look(port: HostReader): Promise<Looked> {
  return new Map((await readInventory(port)).map((device) => [formatPciAddress(device.address), device]));
}

/** What is different, by address. */
function functionChanges(before: Looked, after: Looked): Omit<WatchEvent, 'time'>[] {
  const changes: Omit<WatchEvent, 'time'>[] = [];
  for (const [subject, device] of before) {
    const now = after.get(subject);
    if (now === undefined) changes.push({ subject, event: 'function gone', detail: `was with ${device.driver ?? 'no driver'}` });
    else {
      if (now.driver !== device.driver)
        changes.push({ subject, event: 'driver changed', detail: `${device.driver ?? 'no driver'} → ${now.driver ?? 'no driver'}` });
      const [had, has] = [device.sriov?.numVfs ?? 0, now.sriov?.numVfs ?? 0];
      if (had !== has) changes.push({ subject, event: 'virtual functions changed', detail: `${had} → ${has}` });
    }
  }
  for (const [subject, { driver }] of after) {
    if (!before.has(subject)) changes.push({ subject, event: 'function appeared', detail: `with ${driver ?? 'no driver'}` });
  }
  return changes;
}

const RECONNECT_MS = 2000;

async function watchGuests(connect: () => Promise<Libvirt>, { signal, onEvent, now, reconnectMs = RECONNECT_MS }: WatchOptions): Promise<void> {
  let lost = false;
  while (!signal.aborted) {
    try {
      const libvirt = await connect();
      if (lost) onEvent({ time: now(), subject: libvirt.uri.text, event: 'libvirt found', detail: 'events come again' });
      lost = false;
      await followGuests(libvirt, signal, (event) => onEvent({ time: now(), ...event }));
    } catch (error) {
      // These do not pass by themselves.
      if (error instanceof HostdevError && (error.code === 'libvirt-uri' || error.code === 'libvirt-auth')) throw error;
      if (!signal.aborted && !lost) onEvent({ time: now(), subject: 'libvirt', event: 'libvirt lost', detail: (error as Error).message });
      lost = true;
    }
    await sleep(reconnectMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Rejects when the connection is lost. */
async function followGuests(libvirt: Libvirt, signal: AbortSignal, tell: (event: Omit<WatchEvent, 'time'>) => void): Promise<void> {
  const closed = new Promise<never>((_, reject) => libvirt.onClosed(reject));
  // It may be lost before anybody waits for that.
  closed.catch(() => undefined);
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  signal.addEventListener('abort', end);
  try {
    if (signal.aborted) return;
    await libvirt.watchDomains((event) => tell(wordsOf(event)));
    await Promise.race([closed, ended]);
  } finally {
    signal.removeEventListener('abort', end);
    await libvirt.close();
  }
}

function wordsOf(event: GuestEvent): Omit<WatchEvent, 'time'> {
  const subject = event.domain.name;
  if (event.kind === 'lifecycle') {
    const kind = event.event === 'started' ? 'guest started' : event.event === 'stopped' ? 'guest stopped' : 'guest changed';
    return { subject, event: kind, detail: event.event };
  }
  const kinds = { 'device-added': 'attached', 'device-removed': 'detached', 'device-removal-failed': 'refused to detach' } as const;
  return { subject, event: kinds[event.kind], detail: event.alias };
}
