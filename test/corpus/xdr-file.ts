/** An .x file (RFC 4506, section 6) as far as libvirt's have it, and values encoded straight from what it says. */
import { XdrWriter } from '../../src/xdr/xdr.ts';

/** A declaration: a type with a name, and how many of it there are. */
interface Field {
  readonly type: string;
  readonly name: string;
  /** Text, bytes, several, one or none, or exactly that many. */
  readonly form: 'one' | 'optional' | 'list' | 'fixed';
  readonly max: number;
}

export interface XdrFile {
  readonly constants: ReadonlyMap<string, number>;
  readonly structs: ReadonlyMap<string, readonly Field[]>;
  readonly typedefs: ReadonlyMap<string, Field>;
  /** Members of all enums. */
  readonly enums: ReadonlyMap<string, number>;
  readonly enumNames: ReadonlySet<string>;
}

/** VIR_UUID_BUFLEN comes from a header that is not in the source's .x files. */
const FROM_HEADERS: readonly (readonly [string, number])[] = [['VIR_UUID_BUFLEN', 16]];

export function parseXdrFile(text: string): XdrFile {
  const plain = text.replaceAll(/\/\*[\s\S]*?\*\//g, ' ').replaceAll(/^%.*$/gm, ' ');
  const constants = new Map<string, number>(FROM_HEADERS);
  for (const [, name = '', value = ''] of plain.matchAll(/\bconst\s+(\w+)\s*=\s*(\w+)\s*;/g)) constants.set(name, constants.get(value) ?? Number(value));
  const enums = new Map<string, number>();
  const enumNames = new Set<string>();
  for (const [, name = '', body = ''] of plain.matchAll(/\benum\s+(\w+)\s*\{([^}]*)\}/g)) {
    enumNames.add(name);
    for (const [, member = '', value = ''] of body.matchAll(/(\w+)\s*=\s*(\w+)/g)) enums.set(member, Number(value));
  }
  const structs = new Map<string, Field[]>();
  for (const [, name = '', body = ''] of plain.matchAll(/\bstruct\s+(\w+)\s*\{([^}]*)\}/g)) {
    const lines = body.split(';').map((line) => line.trim());
    structs.set(
      name,
      lines.filter((line) => line !== '').map((line) => parseField(line, constants)),
    );
  }
  const typedefs = new Map<string, Field>();
  for (const [, declaration = ''] of plain.matchAll(/\btypedef\s+([^;]+);/g)) {
    const field = parseField(declaration.trim(), constants);
    typedefs.set(field.name, field);
  }
  return { constants, structs, typedefs, enums, enumNames };
}

function parseField(declaration: string, constants: ReadonlyMap<string, number>): Field {
  const [, type = '', star = '', name = '', open = '', size = ''] =
    /^((?:unsigned\s+)?\w+(?:\s+(?:int|hyper|char|short))?)\s+(\*?)\s*(\w+)\s*(?:([<[])(\w*)[>\]])?$/.exec(declaration) ?? [];
  if (name === '') throw new Error(`cannot read '${declaration}'`);
  const max = constants.get(size) ?? Number(size === '' ? 1 : size);
  return { type: type.replaceAll(/\s+/g, ' '), name, form: star === '*' ? 'optional' : open === '<' ? 'list' : open === '[' ? 'fixed' : 'one', max };
}

/** `dev_alias` and `devAlias` are both `devAlias` here. */
function camel(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** What a value is made from: numbers from 0 to 1. */
export type Random = () => number;

/** A random value of a struct, with names in camel case, and its bytes by the letter of the file. */
export function randomValue(file: XdrFile, struct: string, random: Random): { readonly value: unknown; readonly bytes: Uint8Array } {
  const writer = new XdrWriter();
  return { value: structValue(file, struct, random, writer), bytes: writer.finish() };
}

function structValue(file: XdrFile, struct: string, random: Random, writer: XdrWriter): Record<string, unknown> {
  const fields = file.structs.get(struct);
  if (fields === undefined) throw new Error(`there is no struct ${struct}`);
  return Object.fromEntries(fields.map((field) => [camel(field.name), fieldValue(file, field, random, writer)]));
}

function fieldValue(file: XdrFile, field: Field, random: Random, writer: XdrWriter): unknown {
  const { type, form, max } = field;
  const length = Math.floor(random() * Math.min(max + 1, 6));
  if (type === 'string') {
    const text = Array.from({ length }, () => 'aZ9é☃'[Math.floor(random() * 5)]).join('');
    const bytes = new TextEncoder().encode(text);
    writer.uint32(bytes.length);
    writer.opaque(bytes);
    return text;
  }
  if (type === 'opaque') {
    const bytes = Uint8Array.from({ length: max }, () => Math.floor(random() * 256));
    writer.opaque(bytes);
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }
  if (form === 'optional') {
    const there = random() > 0.5;
    writer.uint32(there ? 1 : 0);
    return there ? fieldValue(file, { ...field, form: 'one' }, random, writer) : undefined;
  }
  if (form === 'list') {
    writer.uint32(length);
    return Array.from({ length }, () => fieldValue(file, { ...field, form: 'one' }, random, writer));
  }
  return typeValue(file, type, random, writer);
}

function typeValue(file: XdrFile, type: string, random: Random, writer: XdrWriter): unknown {
  const bits = Math.floor(random() * 2 ** 32);
  switch (type) {
    case 'int':
      writer.uint32(bits);
      return bits | 0;
    case 'unsigned':
    case 'unsigned int':
      writer.uint32(bits);
      return bits;
    case 'char':
      writer.uint32((((bits & 0xff) << 24) >> 24) >>> 0);
      return bits & 0xff;
    case 'hyper':
    case 'unsigned hyper': {
      const wide = (BigInt(bits) << 20n) | 5n;
      writer.uint64(wide);
      return wide;
    }
  }
  if (file.enumNames.has(type)) {
    writer.uint32(bits & 1);
    return bits & 1;
  }
  const typedef = file.typedefs.get(type);
  return typedef === undefined ? structValue(file, type, random, writer) : fieldValue(file, typedef, random, writer);
}
