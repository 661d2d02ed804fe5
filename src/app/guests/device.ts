/** Giving one device to a guest, and waiting until a guest has let one go. */
import { readDomain } from '../../domain/domain.ts';
import { type Hostdev, readHostdevs } from '../../domain/hostdev.ts';
import type { State } from '../../execute/journal/record.ts';
import { HostdevError } from '../../errors.ts';
import { formatPciAddress, type PciAddress, samePciAddress } from '../../pci/address.ts';
import type { Affect, DomainRef, Libvirt } from '../../libvirt/index.ts';
import { attribute, childElement } from '../../xml/read.ts';
import { Alarm } from './alarm.ts';
import { isLost, type LibvirtLink } from './link.ts';
import { type OpenGuest, readGuest, unlessGone } from './open.ts';

/**
 * Which device of a guest is meant: by its function, or by the MAC address of an interface from one of these pools. The partner of a teaming
 * pair has the same address, and is not meant.
 */
export type Which = { readonly source: PciAddress } | { readonly mac: string; readonly pools: readonly string[] };

/** The device of a guest's XML. */
export function findDevice(xml: string | undefined, which: Which): Hostdev | undefined {
  if (xml === undefined) return undefined;
  return readHostdevs(readDomain(xml), 'with pools').find((hostdev) => {
    if ('source' in which) return hostdev.source !== undefined && samePciAddress(hostdev.source, which.source);
    if (hostdev.form !== 'interface' || hostdev.mac?.toLowerCase() !== which.mac.toLowerCase()) return false;
    // A guest that runs has the function without a word of the pool.
    return hostdev.source !== undefined || which.pools.includes(attribute(childElement(hostdev.element, 'source'), 'network') ?? '');
  });
}

/** The device's element, byte for byte. */
export function deviceText(xml: string | undefined, which: Which): string | undefined {
  const element = findDevice(xml, which)?.element;
  return element === undefined ? undefined : xml?.slice(element.start, element.end);
}

/** For the journal: which pools an address belongs to. */
export function poolsFact(which: Which): State {
  return 'pools' in which ? { pools: which.pools.join(' ') } : {};
}

export function whichName(which: Which): string {
  return 'source' in which ? formatPciAddress(which.source) : which.mac;
}

/** Whether what runs and the definition have a device, `yes` or `no`. */
export type Holdings = State & { readonly live: string; readonly config: string };

/** Whether the guest has a device, as facts of the journal. */
export function holdings({ live, config }: Pick<OpenGuest, 'live' | 'config'>, which: Which): Holdings {
  const has = (xml: string | undefined): string => (findDevice(xml, which) === undefined ? 'no' : 'yes');
  return { live: has(live), config: has(config) };
}

/** What is there now; a guest that is gone has nothing. */
export async function readHoldings(
  link: LibvirtLink,
  ref: DomainRef,
  which: Which,
): Promise<{ readonly live: string; readonly config: string; readonly running: boolean }> {
  const guest = await readGuest(await link.get(), ref).catch(unlessGone);
  if (guest === undefined) return { live: 'no', config: 'no', running: false };
  const { live, config } = holdings(guest, which);
  return { live, config, running: guest.live !== undefined };
}

/** The same as facts of the journal. */
export async function readState(link: LibvirtLink, ref: DomainRef, which: Which): Promise<State> {
  const { live, config } = await readHoldings(link, ref, which);
  return { live, config };
}

/** Takes a device out of the definition. */
export async function removeFromDefinition(link: LibvirtLink, ref: DomainRef, which: Which): Promise<void> {
  const libvirt = await link.get();
  const text = deviceText((await readGuest(libvirt, ref)).config, which);
  if (text !== undefined) await libvirt.detachDevice(ref, text, { config: true });
}

/** The first function of a guest has all its memory pinned, which takes minutes where there are terabytes of it. */
const GIVE_MS = 15 * 60_000;

/**
 * Gives the guest a device in one call, which libvirt does wholly or not at all. When the connection is lost meanwhile, what
 * became of it is looked at over a new one.
 */
export async function giveDevice(link: LibvirtLink, ref: DomainRef, which: Which, xml: string, affect: Required<Affect>, signal?: AbortSignal): Promise<void> {
  try {
    await (await link.get(signal)).attachDevice(ref, xml, affect, { timeoutMs: GIVE_MS });
  } catch (error) {
    if (!isLost(error)) throw explained(error);
    if (error instanceof HostdevError && error.code === 'libvirt-timeout') {
      // It may still happen: until it is known nothing that is undone would stay undone.
      throw new HostdevError('stuck', `${error.message}; it may still be attached later`, {
        subject: ref.name,
        hint: "'hostdev recover' looks what became of it",
        cause: error,
      });
    }
    const now = await readHoldings(link, ref, which);
    if ((!affect.live || now.live === 'yes') && (!affect.config || now.config === 'yes')) return;
    throw error;
  }
}

/** A daemon that ended between two commands to QEMU has left a device there of which its successor knows nothing. */
function explained(error: unknown): unknown {
  if (!(error instanceof HostdevError) || !/Duplicate (?:device )?ID/i.test(error.message)) return error;
  return new HostdevError(error.code, error.message, {
    hint: 'QEMU has a device of which libvirt knows nothing, probably from a libvirtd that ended in the middle of attaching; shut the guest down and start it again, or on IBM Z name another --uid and --fid',
    details: error.details,
    cause: error,
  });
}

export interface TakeOptions {
  /** Milliseconds that the guest has. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** A guest that boots loses the request; after that long it is asked again. */
const ASK_AGAIN_MS = 10_000;
const LOOK_MS = 500;

/**
 * Asks the guest that runs to let a device go, and waits until QEMU has released it. A request that gets lost (the guest boots,
 * the daemon restarts) is made again.
 *
 * @throws {HostdevError} `guest-holds-on` when the guest says no or says nothing: the device is still attached then.
 */
export async function takeDevice(link: LibvirtLink, ref: DomainRef, which: Which, options: TakeOptions): Promise<void> {
  const { timeoutMs, signal, onProgress } = options;
  const give = Date.now() + timeoutMs;
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
      let guest: OpenGuest | undefined;
      try {
        if (libvirt !== watching) {
          stop = await libvirt.watchDomains((event) => {
            if (event.kind === 'device-removal-failed') refused.add(event.alias);
            alarm.ring();
          }, ref);
          watching = libvirt;
        }
        guest = await readGuest(libvirt, ref).catch(unlessGone);
        device = findDevice(guest?.live, which);
      } catch (error) {
        // A daemon that is restarted meanwhile is waited for, as long as the guest is.
        if (!isLost(error) || Date.now() >= give) throw error;
        continue;
      }
      if (device === undefined) return;
      if (refused.has(device.alias ?? '')) throw holdsOn(guest?.ref.name ?? ref.name, which, 'it has refused to');
      if (signal?.aborted === true)
        throw new HostdevError('interrupted', `interrupted; ${whichName(which)} is still attached, unless the guest lets it go later`);
      // A daemon that is slow to answer takes its time, not the guest's: that one is asked at least once.
      if (asked > 0 && Date.now() >= give) throw holdsOn(guest?.ref.name ?? ref.name, which, waited(guest, timeoutMs, asked));
      if (Date.now() >= next) {
        if (asked > 0) onProgress?.(`asking ${ref.name} again for ${whichName(which)}`);
        else onProgress?.(`waiting for ${ref.name} to let go of ${whichName(which)}${guest?.state === 'paused' ? ' (it is paused)' : ''}`);
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

function waited(guest: OpenGuest | undefined, timeoutMs: number, asked: number): string {
  const why = guest?.state === 'paused' ? 'it is paused' : 'its system does not react: it may be booting, or have no hot-plug';
  return `${why}, after ${Math.round(timeoutMs / 1000)} s and ${asked} ${asked === 1 ? 'request' : 'requests'}`;
}

function holdsOn(guest: string, which: Which, why: string): HostdevError {
  return new HostdevError('guest-holds-on', `${guest} has not let go of ${whichName(which)}, which is still attached: ${why}`, {
    subject: guest,
    hint: 'try again later, with a longer --timeout, or when the guest has booted',
  });
}
