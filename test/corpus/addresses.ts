/** The PCI-related content of a definition in a form that two definitions can be compared in. */
import { parseNumber } from '../../src/pci/number.ts';
import { attribute, childElement, childElements, parseXml, textOf } from '../../src/xml/index.ts';
import type { XmlElement } from '../../src/xml/index.ts';

/** One line a device with a PCI address or PCI controller: what it is, then what it has. */
function pciContent(text: string): Map<string, string> {
  const document = parseXml(text);
  const devices = childElement(document.root, 'devices');
  const seen = new Map<string, number>();
  const found = new Map<string, string>();
  for (const element of inComparableOrder(devices === undefined ? [] : childElements(devices))) {
    const identity = `${element.name} ${identify(element)}`;
    const ordinal = seen.get(identity) ?? 0;
    seen.set(identity, ordinal + 1);
    const content = describe(element, (node) => textOf(document, node));
    if (content !== undefined) found.set(`${identity} #${ordinal}`, content);
  }
  return found;
}

/** Differences, one line each. */
export function compareContent(golden: string, actual: string): string[] {
  const [g, a] = [pciContent(golden), pciContent(actual)];
  const lines: string[] = [];
  for (const key of new Set([...g.keys(), ...a.keys()])) {
    if (g.get(key) !== a.get(key)) lines.push(`${key}: expected ${g.get(key) ?? 'nothing'}, got ${a.get(key) ?? 'nothing'}`);
  }
  return lines;
}

/** libvirt writes the primary video first; we leave it where the user has it. */
function inComparableOrder(elements: readonly XmlElement[]): XmlElement[] {
  const isPrimary = (e: XmlElement): boolean => e.name === 'video' && attribute(childElement(e, 'model'), 'primary') === 'yes';
  return [...elements.filter(isPrimary), ...elements.filter((e) => !isPrimary(e))];
}

function identify(e: XmlElement): string {
  const model = childElement(e, 'model');
  switch (e.name) {
    case 'disk':
      return attribute(childElement(e, 'target'), 'dev') ?? '';
    case 'controller':
      return [attribute(e, 'type'), attribute(e, 'index'), attribute(e, 'model'), attribute(childElement(e, 'master'), 'startport')].join(' ');
    case 'interface':
      return attribute(e, 'type') ?? '';
    case 'hostdev': {
      const source = childElement(e, 'source');
      const address = source === undefined ? undefined : childElement(source, 'address');
      return [attribute(e, 'type'), attribute(source, 'wwpn'), ...(address?.attributes ?? []).map((a) => number(a.value) ?? a.value)].join(' ');
    }
    // libvirt 9.0 writes down the model it takes where there is none.
    case 'shmem':
      return attribute(e, 'name') ?? '';
    case 'input':
      return `${attribute(e, 'type')} ${attribute(e, 'bus')}`;
    case 'serial':
    case 'console':
    case 'parallel':
    case 'channel':
      return attribute(childElement(e, 'target'), 'type') ?? '';
    default:
      return attribute(e, 'model') ?? attribute(model, 'type') ?? attribute(model, 'model') ?? '';
  }
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : parseNumber(text));

function describe(e: XmlElement, text: (node: XmlElement) => string): string | undefined {
  const address = childElement(e, 'address');
  const type = attribute(address, 'type');
  const isPci = type === 'pci';
  const isController = e.name === 'controller' && attribute(e, 'type') === 'pci';
  if (!isPci && type !== 'unassigned' && !isController) return undefined;
  const parts: string[] = [];
  if (isPci) {
    parts.push(['domain', 'bus', 'slot', 'function'].map((part) => number(attribute(address, part)) ?? 0).join(':'));
    parts.push(`multifunction=${attribute(address, 'multifunction') ?? '-'}`);
    const zpci = address === undefined ? undefined : childElement(address, 'zpci');
    if (zpci !== undefined) parts.push(`uid=${number(attribute(zpci, 'uid'))} fid=${number(attribute(zpci, 'fid'))}`);
  } else parts.push(type ?? 'no address');
  if (isController) parts.push(describeController(e, text));
  return parts.join(' ');
}

function describeController(e: XmlElement, text: (node: XmlElement) => string): string {
  const target = childElement(e, 'target');
  const node = target === undefined ? undefined : childElement(target, 'node');
  const settings = ['chassisNr', 'chassis', 'port', 'busNr', 'index', 'memReserve'].map((name) => `${name}=${number(attribute(target, name)) ?? '-'}`);
  return [
    `modelName=${attribute(childElement(e, 'model'), 'name') ?? '-'}`,
    ...settings,
    `hotplug=${attribute(target, 'hotplug') ?? '-'}`,
    `node=${node === undefined ? '-' : text(node).trim()}`,
  ].join(' ');
}
