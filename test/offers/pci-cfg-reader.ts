/**
 * A reader of Proxmox's mapping/pci.cfg that says no where Proxmox does: written from the rules that its documentation and code state, as facts.
 *
 * - A section is a line with its name alone, then lines that begin with a blank, a name and a value; a blank line ends it; lines that begin with #,
 *   blanks before it or not, are passed over. Names begin with a letter and have letters, digits, `_` and `-`, two signs at least.
 * - Known are description, mdev, live-migration-capable (each once) and map (as often as one likes, once at least).
 * - map has NAME=VALUE with commas between, each once: node (letters, digits, dashes within), id and subsystem-id (4:4 hexadecimal digits), iommugroup
 *   (a number), path: addresses in lower case with semicolons between, each with its domain; without function it is the whole slot.
 * - Before a guest starts, each path is held against the node: the function (of a slot, function 0) is there and has the vendor and device of `id`; the
 *   first one's group is `iommugroup`; `subsystem-id` is there exactly when the kernel has one, and is that; mdev of the mapping is whether mediated
 *   devices can be made. All functions of all paths of a map are given to the guest.
 */
import type { SeenFunction } from './host-as-read.ts';

interface ReadMap {
  readonly node: string;
  /** Everything that a guest gets by it. */
  readonly functions: readonly SeenFunction[];
}

export interface ReadMapping {
  readonly name: string;
  readonly description: string | undefined;
  readonly mdev: boolean;
  readonly isMigratable: boolean;
  readonly maps: readonly ReadMap[];
}

export function readPciCfg(text: string, functions: readonly SeenFunction[]): ReadMapping[] {
  const mappings: ReadMapping[] = [];
  for (const section of sections(text)) {
    const [name = '', ...lines] = section;
    if (!/^[a-z][a-z0-9_-]+$/i.test(name)) throw new Error(`name of a mapping: '${name}'`);
    if (mappings.some((each) => each.name === name)) throw new Error(`twice: ${name}`);
    const fields = new Map<string, string[]>();
    for (const line of lines) {
      const [, key = '', value] = /^\s+(\S+)\s+(.*\S)\s*$/.exec(line) ?? [];
      if (value === undefined) throw new Error(`a line that is passed over: ${line}`);
      fields.set(key, [...(fields.get(key) ?? []), value]);
    }
    for (const [key, values] of fields) {
      if (!['description', 'mdev', 'live-migration-capable', 'map'].includes(key)) throw new Error(`unexpected property ${key}`);
      if (key !== 'map' && values.length > 1) throw new Error(`duplicate ${key}`);
    }
    const description = fields.get('description')?.[0];
    if ((description?.length ?? 0) > 4096) throw new Error('a long description');
    const mdev = isTrue(fields.get('mdev')?.[0]);
    const maps = fields.get('map') ?? [];
    if (maps.length === 0) throw new Error(`${name} maps nothing`);
    mappings.push({
      name,
      description,
      mdev,
      isMigratable: isTrue(fields.get('live-migration-capable')?.[0]),
      maps: maps.map((map) => readMap(map, { mdev, functions })),
    });
  }
  return mappings;
}

function sections(text: string): string[][] {
  const found: string[][] = [];
  let isWithin = false;
  for (const line of text.split('\n')) {
    if (/^\s*#/.test(line)) continue;
    if (line === '') isWithin = false;
    else if (isWithin) found.at(-1)?.push(line);
    else {
      if (!/^\S+\s*$/.test(line)) throw new Error(`no name of a mapping: ${line}`);
      found.push([line.trimEnd()]);
      isWithin = true;
    }
  }
  return found;
}

function isTrue(text: string | undefined): boolean {
  if (text === undefined || /^(?:0|off|no|false)$/i.test(text)) return false;
  if (/^(?:1|on|yes|true)$/i.test(text)) return true;
  throw new Error(`neither true nor false: ${text}`);
}

const IDS = /^[0-9a-f]{4}:[0-9a-f]{4}$/i;
const PATH = /^[a-f0-9]{4,}:[a-f0-9]{2}:[a-f0-9]{2}(?:\.[a-f0-9])?$/;

function readMap(text: string, { mdev, functions }: { readonly mdev: boolean; readonly functions: readonly SeenFunction[] }): ReadMap {
  const fields = new Map<string, string>();
  for (const part of text.split(',')) {
    const [, key = '', value = ''] = /^([^=]+)=(.+)$/.exec(part) ?? [];
    if (fields.has(key) || !['node', 'id', 'subsystem-id', 'path', 'iommugroup', 'description'].includes(key)) throw new Error(`map: ${part}`);
    fields.set(key, value);
  }
  const [node = '', id = '', subsystem, path = '', group = ''] = ['node', 'id', 'subsystem-id', 'path', 'iommugroup'].map((key) => fields.get(key));
  if (!/^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/.test(node)) throw new Error(`node ${node}`);
  if (!IDS.test(id) || (subsystem !== undefined && !IDS.test(subsystem)) || !/^-?\d+$/.test(group)) throw new Error(`map: ${text}`);
  const given = path.split(';').flatMap((each, at) => {
    if (!PATH.test(each)) throw new Error(`path ${each}`);
    const isSlot = !each.includes('.');
    const device = functions.find(({ address }) => address === (isSlot ? `${each}.0` : each));
    if (device === undefined) throw new Error(`pci device '${each}' not found`);
    if (`${device.vendor}:${device.device}` !== id) throw new Error(`'id' does not match for '${each}'`);
    if (at === 0 && device.group !== Number(group)) throw new Error(`'iommugroup' does not match for '${each}'`);
    if (device.subsystem !== subsystem) throw new Error(`'subsystem-id' does not match for '${each}'`);
    if (device.hasMdevTypes !== mdev) throw new Error(`'mdev' does not match for '${each}'`);
    return isSlot ? functions.filter(({ address }) => address.startsWith(`${each}.`)) : [device];
  });
  return { node, functions: given };
}
