/**
 * Lists of ids that vfio-pci takes when it is loaded: `ids=10de:1eb8,8086:10c9`. Source: drivers/vfio/pci/vfio_pci.c (ids), and
 * how the kernel cuts parameters into words (lib/cmdline.c).
 */
import type { NodeDevice } from '../node-device.ts';

/** One id of a list, as it is written. */
export interface ListedId {
  readonly text: string;
  /** A blank outside of quotes ended the list before it: the kernel takes it for another parameter. */
  readonly isCutOff: boolean;
}

/** Words of a line of parameters: blanks within double quotes do not end one. */
function parameters(text: string): string[] {
  return (text.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''));
}

/** Every list that a line of parameters gives under one of these names; the last one is the one that counts. */
export function readIdLists(text: string, name: RegExp): ListedId[][] {
  const words = parameters(text);
  return words.flatMap((word, i) => {
    const begin = name.exec(word)?.[0];
    if (begin === undefined) return [];
    const cutOff: string[] = [];
    // What goes on behind a comma, or begins with one, was meant to belong to the list.
    for (let [last, next] = [word, words[i + 1 + cutOff.length]]; next !== undefined && goesOn(last, next); next = words[i + 1 + cutOff.length]) {
      cutOff.push(next);
      last = next;
    }
    const ids = (part: string, isCutOff: boolean): ListedId[] => part.split(',').flatMap((id) => (id.trim() === '' ? [] : { text: id.trim(), isCutOff }));
    const list = [...ids(word.slice(begin.length), false), ...cutOff.flatMap((part) => ids(part, true))];
    return list.length === 0 ? [] : [list];
  });
}

function goesOn(last: string, next: string): boolean {
  return /^,?(?:0x)?[0-9a-f]{1,8}:[0-9a-fx:,]*$/i.test(next) && (last.endsWith(',') || next.startsWith(','));
}

const FIELDS = ['vendor', 'device', 'subvendor', 'subdevice', 'class', 'classMask'] as const;

/** `VENDOR:DEVICE[:SUBVENDOR[:SUBDEVICE[:CLASS[:CLASS_MASK]]]]`, hexadecimal. */
export type PciIdPattern = Readonly<Record<(typeof FIELDS)[number], number>>;

/** What matches every function; also what the fields are that are left out. */
const ANY = 0xffff_ffff;

/** undefined when vfio-pci takes no notice of it. */
export function parsePciIds(text: string): PciIdPattern | undefined {
  const parts = text.split(':');
  if (parts.length < 2 || parts.length > FIELDS.length || !parts.every((part) => /^(?:0x)?[0-9a-f]{1,8}$/i.test(part))) return undefined;
  const [vendor = ANY, device = ANY, subvendor = ANY, subdevice = ANY, pciClass = 0, classMask = 0] = parts.map((part) => Number.parseInt(part, 16));
  // Without a mask the class is not compared.
  return { vendor, device, subvendor, subdevice, class: pciClass, classMask };
}

/** Whether a driver with this id would take the function. */
export function matchesPciIds(ids: PciIdPattern, device: Pick<NodeDevice, 'vendor' | 'device' | 'subsystemVendor' | 'subsystemDevice' | 'pciClass'>): boolean {
  const same = (wanted: number, value: number | undefined): boolean => wanted === ANY || wanted === (value ?? 0);
  return (
    same(ids.vendor, device.vendor) &&
    same(ids.device, device.device) &&
    same(ids.subvendor, device.subsystemVendor) &&
    same(ids.subdevice, device.subsystemDevice) &&
    ((ids.class ^ device.pciClass) & ids.classMask) === 0
  );
}
