/**
 * What a definition was like before devices came into it. libvirt adds controllers with a device where it has no place, changes the ports beside them,
 * and keeps all that when the device goes: an attach that is taken back would leave it behind.
 */
import { readDomain } from '../../domain/domain.ts';
import { HostdevError } from '../../errors.ts';
import type { DomainRef, Libvirt } from '../../libvirt/index.ts';
import { type DeviceSelector, findDevice, formatSelector } from '../../state/guest-state.ts';
import { applySplices } from '../../xml/edit.ts';
import { attribute, childElements } from '../../xml/read.ts';
import { readWhole, redefine } from './redefine.ts';

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

  /** The whole definition; undefined for who may not read that. */
  async read(libvirt: Libvirt): Promise<string | undefined> {
    try {
      return await readWhole(libvirt, this.#ref);
    } catch (error) {
      if (error instanceof HostdevError) return undefined;
      throw error;
    }
  }

  /** A device has come. */
  remember(selector: DeviceSelector, before: string, after: string | undefined): void {
    if (after !== undefined) this.#bySelector.set(formatSelector(selector), { before, after });
  }

  /**
   * Brings the definition back to what it was before a device came that has just gone; nothing where the device did not come from here. A definition that
   * differs by more than the device is left alone: somebody else has changed it.
   *
   * @returns the controllers that stay in it then.
   */
  async takeBack(libvirt: Libvirt, selector: DeviceSelector): Promise<readonly string[]> {
    const key = formatSelector(selector);
    const addition = this.#bySelector.get(key);
    this.#bySelector.delete(key);
    if (addition === undefined) return [];
    const { before, after } = addition;
    const expected = normalized(withoutDevice(after, selector));
    let found = '';
    const isWritten = await redefine(libvirt, this.#ref, (xml) => {
      found = xml;
      return xml !== before && normalized(xml) === expected ? before : undefined;
    });
    return isWritten ? [] : cameWithDevice(addition, found);
  }
}

function withoutDevice(xml: string, selector: DeviceSelector): string {
  const element = findDevice(xml, selector)?.element;
  return element === undefined ? xml : applySplices(xml, [{ start: element.start, end: element.end, text: '' }]);
}

/** libvirt prints the whole anew: blanks between elements mean nothing. */
function normalized(xml: string): string {
  return xml.replaceAll(/>\s+</g, '><');
}

function cameWithDevice({ before, after }: Addition, now: string): readonly string[] {
  const had = new Set(controllersOf(before));
  const came = new Set(controllersOf(after).filter((each) => !had.has(each)));
  return controllersOf(now).filter((each) => came.has(each));
}

/** `pci 3 (pcie-root-port)` */
function controllersOf(xml: string): readonly string[] {
  const { devices } = readDomain(xml);
  const controllers = devices === undefined ? [] : childElements(devices, 'controller');
  return controllers.map((each) => {
    const model = attribute(each, 'model');
    return `${attribute(each, 'type')} ${attribute(each, 'index')}${model === undefined ? '' : ` (${model})`}`;
  });
}
