/** Holding a tree against a shape: everything that is wrong, each with its place and what to write instead; and the values, where nothing is. */
import type { Problem, SourceLocation } from '../errors.ts';
import type { JsonSchema, Shape } from '../json/contract/shape.ts';
import { wordTable } from '../word-table.ts';
import { nearestName } from './nearest-name.ts';
import type { Mapping, Node, Scalar, Sequence } from './tree.ts';

/** A tree that is of a shape: its values, and where each stands, by JSON pointer. */
export interface Checked<T> {
  readonly value: T;
  readonly at: (pointer: string) => SourceLocation;
}

/** @returns what is wrong, where something is. */
export function checkTree<T>({ schema }: Shape<T>, tree: Node): Checked<T> | readonly Problem[] {
  const problems: Problem[] = [];
  const places = new Map<string, SourceLocation>();
  const value = readNode({ schema, pointer: '', name: 'the file' }, tree, { problems, places });
  return problems.length > 0 ? problems : { value: value as T, at: (pointer: string) => places.get(pointer) ?? tree.at };
}

/** What a node has to be, and what it is called. */
interface Wanted {
  readonly schema: JsonSchema;
  readonly pointer: string;
  readonly name: string;
}

interface Found {
  readonly problems: Problem[];
  readonly places: Map<string, SourceLocation>;
}

function readNode(wanted: Wanted, node: Node, found: Found): unknown {
  const { schema, pointer, name } = wanted;
  found.places.set(pointer, node.at);
  const { anyOf, enum: words } = schema;
  if (Array.isArray(anyOf)) {
    const meant = variantFor(anyOf as readonly JsonSchema[], node);
    return meant === undefined
      ? refuse(found, node, `${name} is ${what(node)}, not ${anyOf.map((each: JsonSchema) => typeWords(each)).join(' or ')}`)
      : readNode({ ...wanted, schema: meant }, node, found);
  }
  if (Array.isArray(words)) return readWord(words as readonly (string | number)[], wanted, node, found);
  const types = typesOf(schema);
  if (node.kind === 'object' && types.includes('object')) return readObject(wanted, node, found);
  if (node.kind === 'list' && types.includes('array')) return readList(wanted, node, found);
  if (node.kind === 'scalar' && !types.includes('object') && !types.includes('array')) return readScalar(wanted, node, found);
  return refuse(found, node, `${name} is ${what(node)}, not ${typeWords(schema)}`, exampleOf(schema));
}

function refuse(found: Found, { at }: { readonly at: SourceLocation }, message: string, hint?: string): undefined {
  found.problems.push({ code: 'wish-malformed', severity: 'error', message, ...(hint === undefined ? {} : { hint }), location: at });
}

/** Of several shapes the one that has the names of an object, or is of the kind of a value. */
function variantFor(schemas: readonly JsonSchema[], node: Node): JsonSchema | undefined {
  const fitting = schemas.filter((schema) => (node.kind === 'object') === typesOf(schema).includes('object'));
  if (node.kind !== 'object') return node.kind === 'scalar' ? fitting[0] : undefined;
  const names = node.entries.map(({ name }) => name);
  const score = (schema: JsonSchema): number => names.filter((name) => Object.hasOwn(propertiesOf(schema), name)).length;
  return fitting.toSorted((one, other) => score(other) - score(one))[0];
}

function readWord(words: readonly (string | number)[], { name }: Wanted, node: Node, found: Found): unknown {
  if (node.kind === 'scalar' && words.some((word) => word === node.value)) return node.value;
  const all = words.join(', ');
  const near = node.kind === 'scalar' ? nearestName(node.source, words.map(String)) : undefined;
  return refuse(found, node, `${name} is ${what(node)}, not ${words.length === 1 ? all : `one of ${all}`}`, `write ${near ?? words[0]}`);
}

function readObject({ schema, pointer }: Wanted, node: Mapping, found: Found): unknown {
  const properties = propertiesOf(schema);
  const value: Record<string, unknown> = {};
  for (const { name, at, value: each } of node.entries) {
    const inside = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (inside === undefined) refuse(found, { at }, `there is no '${name}' here`, hintForName(name, Object.keys(properties)));
    else value[name] = readNode({ schema: inside, pointer: `${pointer}/${name}`, name }, each, found);
  }
  for (const name of schema['required'] as readonly string[]) {
    if (node.entries.some((entry) => entry.name === name)) continue;
    refuse(found, node, `'${name}' is missing`, `add ${name}: ${wordsFor(properties[name] ?? {})}`);
  }
  return value;
}

function wordsFor(schema: JsonSchema): string {
  const { enum: words, anyOf } = schema;
  if (Array.isArray(words)) return words.join(' or ');
  return (exampleOf(Array.isArray(anyOf) ? (anyOf[0] as JsonSchema) : schema) ?? '…').replace(/^write /, '').replace(', or leave it out', '');
}

function hintForName(name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  return near === undefined ? `there may be ${names.join(', ')}` : `write ${near}`;
}

function readList({ schema, pointer, name }: Wanted, node: Sequence, found: Found): unknown {
  if (node.items.length < Number(schema['minItems'] ?? 0)) refuse(found, node, `${name} is empty`, 'name one at least');
  const items = schema['items'] as JsonSchema;
  return node.items.map((each, at) => readNode({ schema: items, pointer: `${pointer}/${at}`, name: `item ${at + 1} of ${name}` }, each, found));
}

function readScalar({ schema, name }: Wanted, node: Scalar, found: Found): unknown {
  const types = typesOf(schema);
  // An id without quotes is what stands there, whatever number that would be.
  const value = types.includes('string') && types.includes('integer') && typeof node.value === 'number' ? node.source : node.value;
  if (!types.some((type) => isOfType(type, value))) return refuse(found, node, `${name} is ${what(node)}, not ${typeWords(schema)}`, instead(schema, node));
  const { pattern, minimum, maximum } = schema;
  if (typeof pattern === 'string' && typeof value === 'string' && !new RegExp(pattern).test(value)) {
    return refuse(found, node, `${name} is ${what(node)}, not as it has to be written`, exampleOf(schema));
  }
  if (typeof value === 'number' && (value < Number(minimum ?? value) || value > Number(maximum ?? value))) {
    return refuse(found, node, `${name} is ${value}, which is not between ${String(minimum)} and ${String(maximum)}`, exampleOf(schema));
  }
  return value;
}

/** What to write where a value is of another kind. */
function instead(schema: JsonSchema, { value, source }: Scalar): string | undefined {
  const types = typesOf(schema);
  if (value === null) return exampleOf(schema);
  if (types.includes('string')) return `write it in quotes: "${source}"`;
  if (types.includes('boolean')) return /^(y|yes|on|1)$/i.test(source) ? 'write true' : /^(n|no|off|0)$/i.test(source) ? 'write false' : 'write true or false';
  return typeof value === 'string' && /^-?\d+$/.test(value) ? `write it without quotes: ${value}` : 'write a number: 4';
}

/** What to write, by the kind of value; of a text the description says how it is written. */
function exampleOf(schema: JsonSchema): string | undefined {
  const { description, minimum, maximum } = schema;
  const types = typesOf(schema);
  if (types.includes('object')) return beginningOf(schema);
  if (types.includes('string')) return typeof description === 'string' ? `write ${description}` : undefined;
  if (types.includes('integer')) return `write a number from ${String(minimum)} to ${String(maximum)}`;
  if (types.includes('array')) return 'write a list, or leave it out';
  return types.includes('boolean') ? 'write true or false' : undefined;
}

/** What an object has at least. */
function beginningOf(schema: JsonSchema): string | undefined {
  const [name] = (schema['required'] ?? []) as readonly string[];
  return name === undefined ? undefined : `write ${name}: ${wordsFor(propertiesOf(schema)[name] ?? {})}`;
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

function typesOf({ type }: JsonSchema): readonly string[] {
  return Array.isArray(type) ? (type as readonly string[]) : typeof type === 'string' ? [type] : [];
}

function isOfType(type: string, value: Scalar['value']): boolean {
  return type === 'integer' ? Number.isSafeInteger(value) : typeof value === type;
}

const MOST_SHOWN = 60;

function what(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? 'a list' : 'an object';
  if (node.value === null) return 'empty';
  return typeof node.value === 'string' ? JSON.stringify(node.value.slice(0, MOST_SHOWN)) : node.source.slice(0, MOST_SHOWN);
}

const TYPE_WORDS = wordTable<string>({ string: 'a text', integer: 'a number', boolean: 'true or false', array: 'a list', object: 'an object' });

function typeWords(schema: JsonSchema): string {
  const names = Object.keys(propertiesOf(schema));
  if (names.length > 0) return `an object with ${names.slice(0, 3).join(', ')}`;
  return typesOf(schema)
    .map((type) => TYPE_WORDS[type] ?? type)
    .join(' or ');
}
