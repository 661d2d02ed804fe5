/** A connection to libvirt that is made anew when the daemon has been restarted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { HostdevError } from '../../errors.ts';
import type { Libvirt } from '../../libvirt/index.ts';

/** How long a daemon may take to come back, and how often it is tried. */
const BACK_MS = 60_000;
const AGAIN_MS = 500;

export class LibvirtLink {
  readonly #connect: () => Promise<Libvirt>;
  #current: Libvirt;

  private constructor(connect: () => Promise<Libvirt>, first: Libvirt) {
    this.#connect = connect;
    this.#current = first;
  }

  /** Connects; what is wrong with the first connection is told at once. */
  static async open(connect: () => Promise<Libvirt>): Promise<LibvirtLink> {
    return new LibvirtLink(connect, await connect());
  }

  /** Whether guests and functions are those of this machine. */
  get isLocal(): boolean {
    return this.#current.isLocal;
  }

  get uri(): string {
    return this.#current.uri.text;
  }

  /** Whether the connection is there; {@link get} makes a new one where it is not. */
  get isOpen(): boolean {
    return this.#current.isOpen;
  }

  /** The connection, a new one when the old one is lost. */
  async get(signal?: AbortSignal): Promise<Libvirt> {
    const deadline = Date.now() + BACK_MS;
    while (!this.#current.isOpen) {
      try {
        this.#current = await this.#connect();
      } catch (error) {
        if (Date.now() > deadline || signal?.aborted === true || !isLost(error)) throw error;
        await sleep(AGAIN_MS);
      }
    }
    return this.#current;
  }

  async close(): Promise<void> {
    await this.#current.close();
  }
}

/** Whether an error says that the connection is gone, so that what became of a call is not known. */
export function isLost(error: unknown): boolean {
  return error instanceof HostdevError && (error.code === 'libvirt-closed' || error.code === 'libvirt-timeout' || error.code === 'libvirt-unreachable');
}
