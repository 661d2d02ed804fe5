/** Waiting until a guest has let a device go. */
import { HostdevError } from '../../errors.ts';
import type { DomainRef, Libvirt } from '../../libvirt/index.ts';
import { type DeviceSelector, findDevice, formatSelector, type GuestState } from '../../state/guest-state.ts';
import { Alarm } from '../alarm.ts';
import type { UnplugOptions } from '../port.ts';
import { isLost, type LibvirtLink } from './link.ts';
import { readGuest, unlessGone } from './read-guest.ts';

/** A guest that boots loses the request; after that long it is asked again. */
const ASK_AGAIN_MS = 10_000;
const LOOK_MS = 500;

/**
 * Asks the guest that runs to let a device go, and waits until QEMU has released it. A request that gets lost (the guest boots,
 * the daemon restarts) is made again.
 *
 * @throws {HostdevError} `guest-holds-on` when the guest says no or says nothing: the device is still attached then.
 */
export async function unplugAndWait(link: LibvirtLink, ref: DomainRef, selector: DeviceSelector, options: UnplugOptions): Promise<void> {
  const { timeoutMs, signal, onProgress } = options;
  const deadline = Date.now() + timeoutMs;
  let asked = 0;
  let next = 0;
  let watching: Libvirt | undefined;
  const refused = new Set<string>();
  const alarm = new Alarm();
  let stop: (() => Promise<void>) | undefined;
  try {
    for (;;) {
      const libvirt = await link.get(signal);
      let device: ReturnType<typeof findDevice>;
      let guest: GuestState | undefined;
      try {
        if (libvirt !== watching) {
          stop = await libvirt.watchDomains((event) => {
            if (event.kind === 'device-removal-failed') refused.add(event.alias);
            alarm.ring();
          }, ref);
          watching = libvirt;
        }
        guest = await readGuest(libvirt, ref).catch(unlessGone);
        device = findDevice(guest?.live, selector);
      } catch (error) {
        // A daemon that is restarted meanwhile is waited for, as long as the guest is.
        if (!isLost(error) || Date.now() >= deadline) throw error;
        continue;
      }
      if (device === undefined) return;
      if (refused.has(device.alias ?? '')) throw notReleased(guest?.ref.name ?? ref.name, selector, 'it has refused to');
      if (signal?.aborted === true)
        throw new HostdevError('interrupted', `interrupted; ${formatSelector(selector)} is still attached, unless the guest lets it go later`);
      // A daemon that is slow to answer takes its time, not the guest's: that one is asked at least once.
      if (asked > 0 && Date.now() >= deadline) throw notReleased(guest?.ref.name ?? ref.name, selector, waited(guest, timeoutMs, asked));
      if (Date.now() >= next) {
        if (asked > 0) onProgress?.(`asking ${ref.name} again for ${formatSelector(selector)}`);
        else onProgress?.(`waiting for ${ref.name} to let go of ${formatSelector(selector)}${guest?.state === 'paused' ? ' (it is paused)' : ''}`);
        asked += 1;
        next = Date.now() + ASK_AGAIN_MS;
        await libvirt.detachDeviceAlias(ref, device.alias ?? '', { live: true }).catch(ignorePending);
      }
      await alarm.sleep(LOOK_MS);
    }
  } finally {
    await stop?.().catch(() => undefined);
  }
}

/** QEMU does not want to be asked while it waits or while the guest is still plugging in; that it ended meanwhile is seen by looking. */
function ignorePending(error: unknown): void {
  if (isLost(error)) return;
  if (
    error instanceof HostdevError &&
    /in the process of (being )?(unplug|hot-?unplug)|already.*unplug|guest is busy|not running|no device found with alias/i.test(error.message)
  )
    return;
  throw error;
}

function waited(guest: GuestState | undefined, timeoutMs: number, asked: number): string {
  const why = guest?.state === 'paused' ? 'it is paused' : 'its system does not react: it may be booting, or have no hot-plug';
  return `${why}, after ${Math.round(timeoutMs / 1000)} s and ${asked} ${asked === 1 ? 'request' : 'requests'}`;
}

function notReleased(guest: string, selector: DeviceSelector, why: string): HostdevError {
  return new HostdevError('guest-holds-on', `${guest} has not let go of ${formatSelector(selector)}, which is still attached: ${why}`, {
    subject: guest,
    hint: 'try again later, with a longer --timeout, or when the guest has booted',
  });
}
