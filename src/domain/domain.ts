/** A libvirt domain definition: the facts every other room asks for first. */
import { HostdevError } from '../errors.ts';
import { parseXml, type ParseOptions } from '../xml/parse.ts';
import { locationIn } from '../xml/position.ts';
import { attribute, childElement, descend, textOf } from '../xml/read.ts';
import type { XmlDocument, XmlElement } from '../xml/tree.ts';

export interface Domain {
  readonly document: XmlDocument;
  readonly file: string | undefined;
  /** `<devices>`; a definition may lack it. */
  readonly devices: XmlElement | undefined;
  /** `kvm`, `qemu`, … as written in `<domain type=…>`. */
  readonly virtType: string | undefined;
  readonly name: string | undefined;
  /** As it is written: libvirt takes one without dashes, too. */
  readonly uuid: string | undefined;
  /** `<os><type arch=…>`, for example `s390x`. */
  readonly arch: string | undefined;
  /** `<os><type machine=…>`, for example `s390-ccw-virtio-9.2`. */
  readonly machine: string | undefined;
  /** `hvm`, … */
  readonly osType: string | undefined;
  /** Path of the QEMU that is to run it; undefined where libvirt chooses. */
  readonly emulator: string | undefined;
}

/**
 * Reads a domain definition, tolerant of everything it does not know.
 *
 * @throws {HostdevError} an XML code, or `domain-not-domain` when the root element is another.
 * @example
 * ```ts
 * import { readDomain } from 'hostdev';
 * const domain = readDomain("<domain type='kvm'><os><type arch='s390x' machine='s390-ccw-virtio'>hvm</type></os></domain>");
 * console.log(domain.arch, domain.machine); // → s390x s390-ccw-virtio
 * ```
 */
export function readDomain(source: string, options: ParseOptions = {}): Domain {
  const document = parseXml(source, options);
  const { root } = document;
  if (root.name !== 'domain') {
    throw new HostdevError('domain-not-domain', `the root element is <${root.name}>, not <domain>`, {
      location: locationIn(document, root.start, options.file),
      hint: "give a domain definition, for example what 'virsh dumpxml --inactive GUEST' prints",
    });
  }
  const type = descend(root, 'os', 'type');
  const text = (element: XmlElement | undefined): string | undefined => (element === undefined ? undefined : textOf(document, element).trim());
  return {
    document,
    file: options.file,
    devices: childElement(root, 'devices'),
    virtType: attribute(root, 'type'),
    name: text(childElement(root, 'name')),
    uuid: text(childElement(root, 'uuid')),
    arch: attribute(type, 'arch'),
    machine: attribute(type, 'machine'),
    osType: text(type),
    emulator: text(descend(root, 'devices', 'emulator')),
  };
}
