/** The one way to a guest, whatever runs it: libvirt, a QEMU with its monitor, or nobody yet, where it is a definition in a file. */
import type { DeviceSelector, GuestParts } from '../state/guest-state.ts';

/** Seconds that a guest has to let go where nobody says. */
export const UNPLUG_TIMEOUT_S = 60;

/** How long a guest is waited for, and who may end that. */
export interface UnplugOptions {
  /** Milliseconds that the guest has. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** A device that a part of a guest has. */
export interface FoundDevice {
  /** As the guest took it: an element, or QEMU's arguments. */
  readonly text: string;
  /** Where it sits in the guest, `0000:00:01.0`; undefined where that is not chosen or not known yet. */
  readonly address: string | undefined;
}

/** What a guest has of one device. */
export interface DeviceInGuest {
  /** Whether the guest runs: one that does not has nothing live. */
  readonly running: boolean;
  readonly live: FoundDevice | undefined;
  readonly config: FoundDevice | undefined;
  /** What a broken-off addition has left in the guest that runs, without the device itself. */
  readonly remains?: string | undefined;
}

/** A device as it is given to a guest. */
export interface DeviceToAttach {
  readonly selector: DeviceSelector;
  /** An element for libvirt and for files, arguments of `device_add` for QEMU. */
  readonly text: string;
  /** For the definition: where the guest that runs has put it; as the text says when missing. */
  readonly place?: 'as it runs' | undefined;
}

/** One guest. */
export interface GuestPort {
  /** Connection URI, `qmp:SOCKET` or a file: with `id` it leads to the guest again. */
  readonly uri: string;
  /** What the guest is called there for good: its uuid. */
  readonly id: string;
  readonly name: string;
  /** What the guest has of a device; undefined when the guest is not there any more. */
  readonly find: (selector: DeviceSelector) => Promise<DeviceInGuest | undefined>;
  /**
   * Gives the guest a device in one call: in all these parts, or in none.
   *
   * @throws {HostdevError} what keeps the guest from having it; `stuck` when it may still get it later.
   */
  readonly attachDevice: (device: DeviceToAttach, parts: GuestParts, signal?: AbortSignal) => Promise<void>;
  /**
   * Takes a device, or what remains of it, from a part of the guest. One that runs is asked, and waited for until it has let go. A device or a part that is not there is no error.
   *
   * @throws {HostdevError} `guest-holds-on` when it does not let go: the device is still attached then; `guest-changed` when it has gone from the definition, but
   * not what came with it, since somebody else has written the definition meanwhile.
   */
  readonly detachDevice: (selector: DeviceSelector, part: 'live' | 'config', options: UnplugOptions) => Promise<void>;
  /** The definition; undefined where there is none. */
  readonly definition: () => Promise<string | undefined>;
  /**
   * Adds that many root ports to the definition, in one call.
   *
   * @throws {HostdevError} `guest-changed` when somebody else has written the definition meanwhile; nothing was written then.
   */
  readonly addRootPorts: (count: number) => Promise<void>;
  readonly close: () => Promise<void>;
}
