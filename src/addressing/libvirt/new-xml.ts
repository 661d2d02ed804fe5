/**
 * Elements, attributes and values of a definition that not every libvirt knows, as far as they belong to devices with addresses or to what
 * decides addresses. What libvirt does not know it leaves out silently, unless it is asked to validate.
 *
 * Rules: docs/addressing.md §20.
 */
import { childElements } from '../../xml/read.ts';
import type { XmlAttribute, XmlElement } from '../../xml/tree.ts';
import { CHANGES } from './changes.ts';
import { release, type VersionNumber } from './version.ts';

export interface NewXml {
  /** Names below `<domain>`: elements, at the end perhaps `@attribute` or `@attribute=value`; `*` is any element. */
  readonly path: string;
  readonly since: VersionNumber;
  readonly source: string;
}

const FORMAT = 'formatdomain';
const news = (since: string): string => `news of ${since}.0`;

/** Older ones are known to every libvirt that is asked for today. */
export const NEW_XML: readonly NewXml[] = [
  { path: 'devices/memory/@model=sgx-epc', since: release(8, 10), source: FORMAT },
  { path: 'devices/crypto', since: CHANGES.crypto.since, source: news('9.1') },
  { path: 'devices/panic/@model=pvpanic', since: CHANGES['pvpanic-pci'].since, source: `${FORMAT}; ${news('9.1')}` },
  { path: 'devices/watchdog/@model=itco', since: CHANGES.itco.since, source: news('9.1') },
  { path: 'devices/hostdev/driver/@model', since: release(10, 0), source: news('10.0') },
  { path: 'devices/interface/driver/@model', since: release(10, 0), source: news('10.0') },
  { path: 'devices/memory/target/@dynamicMemslots', since: release(10, 1), source: news('10.1') },
  { path: 'devices/filesystem/driver/@type=mtp', since: CHANGES.mtp.since, source: news('10.2') },
  { path: 'devices/controller/target/@memReserve', since: release(10, 3), source: news('10.3') },
  { path: 'devices/sound/@model=virtio', since: CHANGES['virtio-sound'].since, source: news('10.4') },
  { path: 'features/ras', since: release(10, 4), source: news('10.4') },
  { path: 'devices/pstore', since: CHANGES.pstore.since, source: news('10.6') },
  { path: 'features/ps2', since: release(10, 7), source: news('10.7') },
  { path: 'os/shim', since: release(11, 2), source: news('11.2') },
  { path: 'devices/controller/@type=nvme', since: CHANGES.nvme.since, source: news('11.5') },
  { path: 'devices/disk/target/@bus=nvme', since: CHANGES.nvme.since, source: news('11.5') },
  { path: 'devices/iommu/@model=amd', since: CHANGES['amd-iommu'].since, source: news('11.5') },
  { path: 'devices/iommu/driver/@xtsup', since: CHANGES['amd-iommu'].since, source: news('11.5') },
  { path: 'devices/iommu/driver/@passthrough', since: CHANGES['amd-iommu'].since, source: news('11.5') },
  { path: 'devices/*/acpi/@nodeset', since: release(11, 8), source: news('11.8') },
  { path: 'devices/iommu/driver/@pciBus', since: CHANGES['several-iommus'].since, source: `${FORMAT}: since 11.10.0` },
  { path: 'devices/hostdev/driver/@iommufd', since: CHANGES.iommufd.since, source: `${FORMAT}; ${news('12.1')}` },
  { path: 'devices/interface/driver/@iommufd', since: CHANGES.iommufd.since, source: `${FORMAT}; ${news('12.1')}` },
  { path: 'devices/iommu/driver/granule', since: release(12, 1), source: news('12.1') },
  { path: 'os/varstore', since: release(12, 1), source: news('12.1') },
  { path: 'iommufd', since: release(12, 2), source: news('12.2') },
];

/** One of them in a definition; without attribute it is the element itself. */
export interface FoundXml {
  readonly xml: NewXml;
  readonly element: XmlElement;
  readonly attribute: XmlAttribute | undefined;
}

/** What of a definition a libvirt older than `since` of it does not know, in the order of the table. */
export function xmlNewerThan(libvirt: VersionNumber, domain: XmlElement): FoundXml[] {
  return NEW_XML.filter(({ since }) => since > libvirt).flatMap((xml) => foundIn(domain, xml));
}

function foundIn(domain: XmlElement, xml: NewXml): FoundXml[] {
  const steps = xml.path.split('/');
  const [, name, value] = /^@([^=]+)(?:=(.+))?$/.exec(steps.at(-1) ?? '') ?? [];
  let elements: XmlElement[] = [domain];
  for (const step of name === undefined ? steps : steps.slice(0, -1))
    elements = elements.flatMap((each) => childElements(each, step === '*' ? undefined : step));
  if (name === undefined) return elements.map((element) => ({ xml, element, attribute: undefined }));
  return elements.flatMap((element) => {
    const attribute = element.attributes.find((each) => each.name === name && (value === undefined || each.value === value));
    return attribute === undefined ? [] : [{ xml, element, attribute }];
  });
}

/** `iommufd='yes' of <driver>`, or `<pstore>`. */
export function foundWords({ element, attribute }: FoundXml): string {
  return attribute === undefined ? `<${element.name}>` : `${attribute.name}='${attribute.value}' of <${element.name}>`;
}
