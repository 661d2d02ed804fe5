/** Shapes of JSON: each is a JSON Schema (2020-12), and by its type what TypeScript holds the code against. */

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Shape<T> {
  readonly schema: JsonSchema;
  /** Never there: it only carries the type. */
  readonly type?: T;
}

/** What a shape is to TypeScript. */
export type Of<S> = S extends Shape<infer T> ? T : never;

type Fields = Readonly<Record<string, Shape<unknown>>>;
type RecordOf<F extends Fields> = { readonly [Name in keyof F]: Of<F[Name]> };

type OptionalOf<F extends Fields> = { readonly [Name in keyof F]?: Of<F[Name]> | undefined };

/** Any text; what it says. */
export function text(description?: string): Shape<string> {
  return { schema: { type: 'string', ...described(description) } };
}

/** A text of that form. */
export function written(pattern: RegExp, description: string): Shape<string> {
  return { schema: { type: 'string', pattern: pattern.source, description } };
}

export function integer(description?: string): Shape<number> {
  return { schema: { type: 'integer', ...described(description) } };
}

export function flag(description?: string): Shape<boolean> {
  return { schema: { type: 'boolean', ...described(description) } };
}

/** One of these words. */
export function word<const W extends string>(words: readonly W[], description?: string): Shape<W> {
  return { schema: { enum: words, ...described(description) } };
}

/** One of these numbers. */
export function number<const N extends number>(numbers: readonly N[], description?: string): Shape<N> {
  return { schema: { enum: numbers, ...described(description) } };
}

/** That, or null: not known, or there is none. */
export function orNull<T>({ schema }: Shape<T>): Shape<T | null> {
  const { type, enum: words, ...rest } = schema;
  if (typeof type === 'string') return { schema: { type: [type, 'null'], ...rest } };
  return { schema: Array.isArray(words) ? { enum: [...words, null], ...rest } : { anyOf: [schema, { type: 'null' }] } };
}

export function list<T>({ schema }: Shape<T>, description?: string): Shape<readonly T[]> {
  return { schema: { type: 'array', ...described(description), items: schema } };
}

/** A list that somebody sends us: it has one thing at least, and none twice. */
export function oneOrMore<T>({ schema }: Shape<T>, description?: string): Shape<readonly T[]> {
  return { schema: { type: 'array', ...described(description), items: schema, minItems: 1, uniqueItems: true } };
}

/** An object with these names, all of them and no others. */
export function record<F extends Fields>(fields: F, description?: string): Shape<RecordOf<F>> {
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
  return { schema: { type: 'object', ...described(description), properties, required: Object.keys(fields), additionalProperties: false } };
}

/** An object that somebody sends us: names of the second kind may be left out. */
export function request<F extends Fields, O extends Fields>(needed: F, optional: O, description?: string): Shape<RecordOf<F> & OptionalOf<O>> {
  const { schema } = record({ ...needed, ...optional }, description);
  return { schema: { ...schema, required: Object.keys(needed) } };
}

/** An object whose names are data. */
export function map<T>({ schema }: Shape<T>, description?: string): Shape<Readonly<Record<string, T>>> {
  return { schema: { type: 'object', ...described(description), additionalProperties: schema } };
}

/** One of several shapes; objects say by `kind` which. */
export function either<const S extends readonly Shape<unknown>[]>(...shapes: S): Shape<Of<S[number]>> {
  return { schema: { anyOf: shapes.map(({ schema }) => schema) } };
}

/** A shape that has itself inside: a definition of the document, by name. */
export function referTo<T>(name: string): Shape<T> {
  return { schema: { $ref: `#/$defs/${name}` } };
}

/** A whole document, with what it refers to. */
export function documentSchema({ schema }: Shape<unknown>, id: string, definitions: Readonly<Record<string, Shape<unknown>>> = {}): JsonSchema {
  const defs = Object.entries(definitions).map(([name, shape]) => [name, shape.schema] as const);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: id,
    ...schema,
    ...(defs.length === 0 ? {} : { $defs: Object.fromEntries(defs) }),
  };
}

function described(description: string | undefined): JsonSchema {
  return description === undefined ? {} : { description };
}
