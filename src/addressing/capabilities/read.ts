/** Capabilities from XML: libvirt's cache of what it found out about a QEMU, or its domain capabilities. */
import { HostdevError } from '../../errors.ts';
import { parseNumber } from '../../pci/number.ts';
import { parseXml } from '../../xml/parse.ts';
import { attribute, childElement, childElements, descend, textOf } from '../../xml/read.ts';
import type { XmlDocument, XmlElement } from '../../xml/tree.ts';
import type { Capabilities } from './capabilities.ts';
import { presetCapabilities } from './presets.ts';

/**
 * Reads `<qemuCaps>` (every flag) or `<domainCapabilities>` (which names few of them: the architecture's preset is
 * taken, and corrected by what the document says of video models).
 *
 * @throws {HostdevError} `capabilities-malformed` for any other document, or an XML code.
 * @example
 * ```ts
 * import { readCapabilities } from 'hostdev';
 * console.log(readCapabilities("<qemuCaps><arch>s390x</arch><flag name='zpci'/></qemuCaps>").arch); // → s390x
 * ```
 */
export function readCapabilities(source: string, file?: string): Capabilities {
  const document = parseXml(source, file === undefined ? {} : { file });
  if (document.root.name === 'qemuCaps') return fromCache(document);
  if (document.root.name === 'domainCapabilities') return fromDomainCapabilities(document, undefined);
  throw new HostdevError('capabilities-malformed', `the root element is <${document.root.name}>, neither <qemuCaps> nor <domainCapabilities>`, {
    ...(file === undefined ? {} : { subject: file, location: { file, line: 1, column: 1 } }),
    hint: "give what 'virsh domcapabilities' prints, or a file of /var/cache/libvirt/qemu/capabilities",
  });
}

/**
 * Reads `<domainCapabilities>` of a QEMU whose version is known (`10.0`): what the document does not say is what that version has.
 *
 * @throws {HostdevError} what {@link readCapabilities} throws.
 */
export function readDomainCapabilities(source: string, qemu: string): Capabilities {
  const document = parseXml(source);
  return document.root.name === 'domainCapabilities' ? fromDomainCapabilities(document, qemu) : readCapabilities(source);
}

function fromCache(document: XmlDocument): Capabilities {
  const { root } = document;
  const machines = childElements(root, 'machine');
  const text = (name: string): string => {
    const element = childElement(root, name);
    return element === undefined ? '' : textOf(document, element).trim();
  };
  // libvirt puts the one that it takes first; "default" is what QEMU itself would take.
  const [preferred] = machines;
  return {
    arch: text('arch'),
    emulator: text('emulator') || undefined,
    flags: new Set(childElements(root, 'flag').flatMap((flag) => attribute(flag, 'name') ?? [])),
    defaultMachine: attribute(preferred, 'alias') ?? attribute(preferred, 'name') ?? '',
    machines: machines.length === 0 ? undefined : namesOf(machines),
    withoutAcpi: namesOf(machines.filter((machine) => attribute(machine, 'acpi') === 'no')),
    qemuVersion: qemuVersionOf(parseNumber(text('version'))),
    libvirtVersion: parseNumber(text('selfvers')),
  };
}

/** `10.0` of 10000013. */
function qemuVersionOf(version: number | undefined): string | undefined {
  return version === undefined ? undefined : `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1000) % 1000}`;
}

/** Names and aliases. */
function namesOf(machines: readonly XmlElement[]): Set<string> {
  return new Set(machines.flatMap((machine) => [attribute(machine, 'name') ?? [], attribute(machine, 'alias') ?? []].flat()));
}

/** Video models that are flags of their own. */
const VIDEO_FLAGS = { bochs: 'bochs-display', cirrus: 'cirrus-vga', qxl: 'qxl', ramfb: 'ramfb', vga: 'VGA', vmvga: 'vmware-svga' } as const;

function fromDomainCapabilities(document: XmlDocument, qemu: string | undefined): Capabilities {
  const { root } = document;
  const text = (name: string): string => {
    const element = childElement(root, name);
    return element === undefined ? '' : textOf(document, element).trim();
  };
  const preset = presetCapabilities(text('arch'), qemu);
  const flags = new Set(preset.flags);
  const video = descend(root, 'devices', 'video');
  const models = video === undefined ? undefined : childElements(video, 'enum').find((e) => attribute(e, 'name') === 'modelType');
  if (models !== undefined) {
    const offered = new Set(childElements(models, 'value').map((value) => textOf(document, value).trim()));
    for (const [model, flag] of Object.entries(VIDEO_FLAGS)) {
      if (offered.has(model)) flags.add(flag);
      else flags.delete(flag);
    }
  }
  const { qemuVersion: _ofPreset, machines, ...rest } = preset;
  // Which ones a QEMU of unknown version has is not known.
  const known = qemu === undefined || machines === undefined ? { machinesOf: undefined } : { machines };
  return { ...rest, ...known, emulator: text('path') || undefined, flags, defaultMachine: text('machine') || preset.defaultMachine, qemuVersion: qemu };
}
