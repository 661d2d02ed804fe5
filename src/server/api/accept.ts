/** Holding what somebody sent against the shape that it has to have. Covers what shapes of the contract are made of, and no more of JSON Schema. */
import type { JsonSchema, Shape } from '../../json/contract/shape.ts';

/** What is wrong with a value: where, as a JSON pointer, and what. */
export interface Mismatch {
  readonly at: string;
  readonly what: string;
}

/** What keeps a value from being of a shape; undefined when it is. */
export function mismatch({ schema }: Shape<unknown>, value: unknown): Mismatch | undefined {
  return differs(schema, value, '');
}

function differs(schema: JsonSchema, value: unknown, at: string): Mismatch | undefined {
  const { anyOf, enum: words, type, pattern, items, properties } = schema;
  if (Array.isArray(anyOf)) return nearest(anyOf as readonly JsonSchema[], value, at);
  if (Array.isArray(words)) return words.includes(value) ? undefined : { at, what: `is not one of ${words.map((word) => JSON.stringify(word)).join(', ')}` };
  const types = typeof type === 'string' ? [type] : Array.isArray(type) ? (type as readonly string[]) : [];
  if (types.length > 0 && !types.some((each) => isOfType(each, value))) return { at, what: `is not ${types.map(withArticle).join(' or ')}` };
  if (typeof pattern === 'string' && typeof value === 'string' && !new RegExp(pattern).test(value)) return { at, what: `does not match ${pattern}` };
  if (items !== undefined && Array.isArray(value))
    return listDiffers(schema, value, at) ?? first(value.map((each, place) => () => differs(items as JsonSchema, each, `${at}/${place}`)));
  if (properties === undefined || typeof value !== 'object' || value === null) return undefined;
  return fieldsDiffer(schema, value as Readonly<Record<string, unknown>>, at);
}

function listDiffers({ minItems = 0, uniqueItems }: JsonSchema, value: readonly unknown[], at: string): Mismatch | undefined {
  if (value.length < Number(minItems)) return { at, what: 'is empty' };
  const twice = uniqueItems === true ? secondOf(value) : -1;
  return twice === -1 ? undefined : { at: `${at}/${twice}`, what: 'is there twice' };
}

/** Where something stands that was there before; -1 where nothing is there twice. The list is as long as somebody has made it. */
function secondOf(value: readonly unknown[]): number {
  const before = new Set<unknown>();
  return value.findIndex((each) => before.size === before.add(each).size);
}

function fieldsDiffer(schema: JsonSchema, value: Readonly<Record<string, unknown>>, at: string): Mismatch | undefined {
  const properties = schema['properties'] as Readonly<Record<string, JsonSchema>>;
  const missing = (schema['required'] as readonly string[]).find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { at: `${at}/${missing}`, what: 'is missing' };
  const surplus = Object.keys(value).find((name) => !Object.hasOwn(properties, name));
  if (surplus !== undefined) return { at: `${at}/${inPointer(surplus)}`, what: 'is no name that is known here' };
  return first(
    Object.entries(value).map(
      ([name, each]) =>
        () =>
          differs(properties[name] ?? {}, each, `${at}/${name}`),
    ),
  );
}

/** So much of a name of theirs finds it again. */
const MOST_LETTERS = 100;

/** A name as a part of a JSON pointer (RFC 6901, section 3). */
function inPointer(name: string): string {
  return (name.length > MOST_LETTERS ? `${name.slice(0, MOST_LETTERS)}…` : name).replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Of several shapes, what is wrong with the one that is meant, by the words that say which; the first where none says so. */
function nearest(schemas: readonly JsonSchema[], value: unknown, at: string): Mismatch | undefined {
  const meant = schemas.filter((schema) => isMeant(schema, value));
  const found = (meant.length > 0 ? meant : schemas).map((schema) => differs(schema, value, at));
  if (found.includes(undefined)) return undefined;
  if (meant.length > 0) return found[0];
  const words = schemas.flatMap((schema) => wordsOf(schema, 'verb'));
  return words.length === 0 ? found[0] : { at: `${at}/verb`, what: `is not one of ${words.map((word) => JSON.stringify(word)).join(', ')}` };
}

function isMeant(schema: JsonSchema, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { verb } = value as { readonly verb?: unknown };
  return typeof verb === 'string' && wordsOf(schema, 'verb').includes(verb);
}

function wordsOf(schema: JsonSchema, name: string): readonly string[] {
  const of = (schema['properties'] as Readonly<Record<string, JsonSchema>> | undefined)?.[name]?.['enum'];
  return Array.isArray(of) ? (of as readonly string[]) : [];
}

function first(checks: readonly (() => Mismatch | undefined)[]): Mismatch | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function withArticle(type: string): string {
  return type === 'null' ? 'null' : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`;
}
