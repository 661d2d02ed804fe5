/**
 * What a definition was like before devices came into it. libvirt adds controllers with a device where it has no place, changes the ports beside them,
 * and keeps all that when the device goes: an attach that is taken back would leave it behind.
 */
import { HostdevError } from '../../errors.ts';
import type { DomainRef, Libvirt } from '../../libvirt/index.ts';
import { type DeviceSelector, formatSelector } from '../../state/guest-state.ts';

interface Addition {
  readonly before: string;
  readonly after: string;
}

/** The additions of one process to the definition of one guest. They are in no record: definitions have passwords. */
export class DefinitionAdditions {
  readonly #ref: Pick<DomainRef, 'name' | 'uuid' | 'id'>;
  readonly #bySelector = new Map<string, Addition>();

  constructor(ref: Pick<DomainRef, 'name' | 'uuid' | 'id'>) {
    this.#ref = ref;
  }

  /** The definition with all that it takes to define it again; undefined for who may not read that. */
  async read(libvirt: Libvirt): Promise<string | undefined> {
    try {
      return await libvirt.domainXml(this.#ref, { inactive: true, secure: true });
    } catch (error) {
      if (error instanceof HostdevError) return undefined;
      throw error;
    }
  }

  /** A device has come. */
  remember(selector: DeviceSelector, before: string, after: string | undefined): void {
    if (after !== undefined) this.#bySelector.set(formatSelector(selector), { before, after });
  }

  /** What the definition has to be again once the device has gone; undefined where it did not come from here, or somebody has changed the definition since. */
  async undoneBy(libvirt: Libvirt, selector: DeviceSelector): Promise<string | undefined> {
    const key = formatSelector(selector);
    const addition = this.#bySelector.get(key);
    this.#bySelector.delete(key);
    return addition !== undefined && (await this.read(libvirt)) === addition.after ? addition.before : undefined;
  }
}
