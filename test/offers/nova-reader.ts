/**
 * A reader of `[pci]` in nova.conf that says no where Nova does: written from the rules that its documentation and code state, as facts.
 *
 * - oslo.config: `#` and `;` begin comments; a line that begins with a blank continues the one before; a value in quotes loses them; `$name` is a
 *   reference and `$$` is `$`; an option of several values stands there once for each.
 * - device_spec: a JSON object, or a list of them. `vendor_id`, `product_id`: hexadecimal, at most 0xffff, without them any. `address` and `devname`
 *   exclude each other; an address of parts is a pattern whose missing parts match everything, and each part has a largest value. Everything else
 *   is a tag whose value is a text; `managed` and `live_migratable` are words for true or false. The address of a function that can have virtual
 *   ones matches those, too.
 * - alias: an object with these names and no others; ids of four hexadecimal digits; `name` of 1 to 256 signs; one spec an alias where functions are
 *   kept in Placement; without Placement vendor_id and product_id both. Flavors ask for NAME:COUNT, with commas between.
 */
import type { SeenFunction } from './host-as-read.ts';

interface ReadSpec {
  readonly matches: (device: SeenFunction) => boolean;
  readonly tags: Readonly<Record<string, string>>;
}

interface ReadAlias {
  readonly name: string;
  readonly ids: readonly [vendor: string, product: string];
  readonly type: string | undefined;
  readonly liveMigratable: boolean | undefined;
}

export interface NovaConf {
  readonly specs: readonly ReadSpec[];
  readonly aliases: readonly ReadAlias[];
}

/** @param functions the host that the file is for */
export function readNovaConf(text: string, functions: readonly SeenFunction[]): NovaConf {
  const values = readIni(text);
  const specs = (values.get('device_spec') ?? []).flatMap((value) => {
    const found = JSON.parse(value) as unknown;
    return (Array.isArray(found) ? found : [found]).map((each) => readSpec(each, functions));
  });
  const aliases = (values.get('alias') ?? []).map((value) => readAlias(JSON.parse(value)));
  const names = aliases.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new Error('an alias with several specs, which Placement does not take');
  return { specs, aliases };
}

function readIni(text: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  let group: string | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || /^[#;]/.test(line)) continue;
    if (/^\s/.test(line)) throw new Error(`a line that continues another: ${line}`);
    const header = /^\[([^\]]+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      group = header;
      continue;
    }
    const [, key = '', raw] = /^([^=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (raw === undefined || group !== 'pci') throw new Error(`no option of [pci]: ${line}`);
    const bare = /^(["']).*\1$/.test(raw) && raw.length > 1 ? raw.slice(1, -1) : raw;
    if (/\$(?!\$)/.test(bare.replaceAll('$$', ''))) throw new Error(`a reference: ${line}`);
    values.set(key, [...(values.get(key) ?? []), bare.replaceAll('$$', '$')]);
  }
  return values;
}

const LARGEST = { domain: 0xffff, bus: 0xff, slot: 0x1f, function: 7 } as const;

function readSpec(value: unknown, functions: readonly SeenFunction[]): ReadSpec {
  if (typeof value !== 'object' || value === null) throw new Error('no object');
  const { vendor_id: vendor = '*', product_id: product = '*', address = '*:*:*.*', devname, ...tags } = value as Record<string, unknown>;
  if (devname !== undefined) throw new Error('by the name of an interface, which a function that is given has not');
  const ids = [part(vendor, 0xffff, 4), part(product, 0xffff, 4)];
  if (typeof address !== 'string') throw new Error('an address that is no text');
  for (const [name, tag] of Object.entries(tags)) {
    if (!['physical_network', 'trusted', 'managed', 'live_migratable', 'resource_class', 'traits', 'remote_managed'].includes(name))
      throw new Error(`tag ${name}`);
    if (typeof tag !== 'string') throw new Error(`${name} is no text`);
    if (['managed', 'live_migratable', 'trusted', 'remote_managed'].includes(name)) truth(tag);
  }
  const pattern = readAddress(address);
  const owner = functions.find((device) => device.address === address);
  const isPhysical = owner !== undefined && owner.totalVfs > 0;
  const matches = (device: SeenFunction): boolean => {
    const fits = pattern(device.address) || (isPhysical && device.parent === address);
    return fits && [device.vendor, device.device].every((found, at) => ids[at] === '*' || ids[at] === found);
  };
  return { matches, tags: tags as Record<string, string> };
}

function readAddress(text: string): (address: string) => boolean {
  const [places = '', fn = '*'] = text.split('.');
  const parts = places.split(':');
  if (parts.length > 3) throw new Error(`address ${text}`);
  const [domain = '*', bus = '*', slot = '*'] = [...Array.from({ length: 3 - parts.length }, () => '*'), ...parts].map((each) => each.trim() || '*');
  const wanted = [part(domain, LARGEST.domain, 4), part(bus, LARGEST.bus, 2), part(slot, LARGEST.slot, 2), part(fn, LARGEST.function, 1)];
  return (address) => address.split(/[:.]/).every((found, at) => wanted[at] === '*' || wanted[at] === found);
}

function part(text: unknown, largest: number, digits: number): string {
  if (typeof text !== 'string') throw new Error('an id that is no text');
  if (text === '*') return text;
  if (!/^[0-9a-f]+$/i.test(text) || Number.parseInt(text, 16) > largest) throw new Error(`${text} is not hexadecimal, or too large`);
  return Number.parseInt(text, 16).toString(16).padStart(digits, '0');
}

function truth(text: string): boolean {
  if (/^(?:1|t|true|on|y|yes)$/i.test(text)) return true;
  if (/^(?:0|f|false|off|n|no)$/i.test(text)) return false;
  throw new Error(`neither true nor false: ${text}`);
}

const ALIAS_KEYS = new Set(['name', 'capability_type', 'product_id', 'vendor_id', 'device_type', 'numa_policy', 'resource_class', 'traits', 'live_migratable']);

function readAlias(value: unknown): ReadAlias {
  if (typeof value !== 'object' || value === null) throw new Error('no object');
  const fields = value as Record<string, unknown>;
  for (const [key, text] of Object.entries(fields)) {
    if (!ALIAS_KEYS.has(key) || typeof text !== 'string') throw new Error(`alias: ${key}`);
  }
  const { name = '', vendor_id: vendor = '', product_id: product = '', device_type: type, live_migratable: migratable } = fields as Record<string, string>;
  if (name.trim() !== name || name.length < 1 || name.length > 256 || /[:,]/.test(name)) throw new Error(`alias: name ${name}`);
  if (![vendor, product].every((id) => /^[0-9a-f]{4}$/i.test(id))) throw new Error('alias: ids');
  if (type !== undefined && !['type-PCI', 'type-PF', 'type-VF'].includes(type)) throw new Error(`alias: ${type}`);
  return { name, ids: [vendor, product], type, liveMigratable: migratable === undefined ? undefined : truth(migratable) };
}

/** What libvirt tells Nova that a function is. */
export function novaType({ parent, totalVfs }: SeenFunction): string {
  return parent !== undefined ? 'type-VF' : totalVfs > 0 ? 'type-PF' : 'type-PCI';
}
