/**
 * `<qemu:commandline>`: the `-device` arguments that a definition passes to QEMU behind libvirt's back. Source: libvirt drvqemu,
 * "Pass-through of arbitrary QEMU commands", and QEMU's manual page on `-device`.
 *
 * Rules: docs/addressing.md §15.
 */
import type { Domain } from '../../domain/domain.ts';
import { formatPciAddress } from '../../pci/address.ts';
import { parsePciAddress } from '../../pci/notation.ts';
import { parseNumber } from '../../pci/number.ts';
import { attribute, childElements } from '../../xml/read.ts';
import type { XmlElement } from '../../xml/tree.ts';

/** One device of QEMU's command line. */
export interface CommandlineDevice {
  /** `-device virtio-net,netdev=n0`, as the definition has it. */
  readonly text: string;
  /** The `<qemu:arg>` with what the device is. */
  readonly element: XmlElement;
  /** QEMU's name of the bus; undefined means the first that fits. */
  readonly bus: string | undefined;
  readonly place: { readonly slot: number; readonly function: number } | undefined;
  /** The host function, `dddd:bb:ss.f`. */
  readonly host: string | undefined;
}

/** Elements with arguments that libvirt reads: those beside `<devices>`. The prefix is the document's own. */
export function commandlines(parent: XmlElement): XmlElement[] {
  return childElements(parent).filter(({ name }) => /^[\w.-]+:commandline$/.test(name));
}

export function commandlineDevices({ document }: Domain): CommandlineDevice[] {
  const args = commandlines(document.root).flatMap((element) => childElements(element).filter(({ name }) => name.endsWith(':arg')));
  return args.flatMap((element, i) => {
    if (!/^--?device$/.test(attribute(args[i - 1], 'value') ?? '')) return [];
    const value = attribute(element, 'value') ?? '';
    const properties = parseProperties(value);
    return [{ text: `-device ${value}`, element, bus: properties.get('bus'), place: placeOf(properties.get('addr')), host: hostOf(properties) }];
  });
}

/** JSON, or `driver,key=value,…` with commas doubled inside values. */
function parseProperties(value: string): ReadonlyMap<string, string> {
  if (value.trimStart().startsWith('{')) return parseJson(value);
  const parts = (value.match(/(?:[^,]|,,)+/g) ?? []).map((part) => part.replaceAll(',,', ','));
  return new Map(
    parts.flatMap((part, i): [string, string][] => {
      const at = part.indexOf('=');
      if (at === -1) return i === 0 ? [['driver', part]] : [];
      return [[part.slice(0, at), part.slice(at + 1)]];
    }),
  );
}

function parseJson(value: string): ReadonlyMap<string, string> {
  try {
    const found: unknown = JSON.parse(value);
    return new Map(Object.entries(found ?? {}).map(([key, each]) => [key, typeof each === 'string' ? each : JSON.stringify(each)]));
  } catch {
    // QEMU says what is wrong with it.
    return new Map();
  }
}

/** QEMU's `addr`: `0x1f.2`, slot in any notation and function. */
function placeOf(addr: string | undefined): CommandlineDevice['place'] {
  const match = /^([^.]+)(?:\.([^.]+))?$/.exec(addr ?? '');
  const slot = hexadecimal(match?.[1]);
  const fn = match?.[2] === undefined ? 0 : hexadecimal(match[2]);
  return slot === undefined || fn === undefined ? undefined : { slot, function: fn };
}

/** QEMU reads both parts as hexadecimal, with or without 0x. */
function hexadecimal(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseNumber(/^0x/i.test(text) ? text : `0x${text}`);
}

function hostOf(properties: ReadonlyMap<string, string>): string | undefined {
  const text = properties.get('host') ?? /\/([^/]+)\/?$/.exec(properties.get('sysfsdev') ?? '')?.[1];
  if (text === undefined || properties.get('driver')?.startsWith('vfio-') !== true) return undefined;
  try {
    return formatPciAddress(parsePciAddress(text));
  } catch {
    return undefined;
  }
}
