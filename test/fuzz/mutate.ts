/** Input that was good once, with a few things done to it: text, bytes and JSON. It shrinks to fewer and smaller changes. */
import fc from 'fast-check';

/** What is done to a text at one place. Places are numbers of any size, taken modulo the length, so that shrinking leads to the front. */
type Edit =
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'replace'; readonly at: number; readonly length: number; readonly text: string }
  | { readonly kind: 'repeat'; readonly at: number; readonly length: number; readonly times: number }
  | { readonly kind: 'end'; readonly at: number };

function applyEdit(text: string, edit: Edit): string {
  const at = edit.at % (text.length + 1);
  switch (edit.kind) {
    case 'insert':
      return text.slice(0, at) + edit.text + text.slice(at);
    case 'cut':
      return text.slice(0, at) + text.slice(at + edit.length);
    case 'replace':
      return text.slice(0, at) + edit.text + text.slice(at + edit.length);
    case 'repeat':
      return text.slice(0, at) + text.slice(at, at + edit.length).repeat(edit.times) + text.slice(at + edit.length);
    case 'end':
      return text.slice(0, at);
  }
}

const place = fc.nat(100_000);
const few = fc.nat(40);

function edits(pieces: fc.Arbitrary<string>): fc.Arbitrary<readonly Edit[]> {
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), at: place, text: pieces }),
    fc.record({ kind: fc.constant('cut' as const), at: place, length: few }),
    fc.record({ kind: fc.constant('replace' as const), at: place, length: few, text: pieces }),
    fc.record({ kind: fc.constant('repeat' as const), at: place, length: few, times: fc.integer({ min: 2, max: 60 }) }),
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), at: place }) },
  );
  return fc.array(edit, { maxLength: 6 });
}

/** One of the texts, changed at up to six places, with pieces of the dictionary or of anything. */
export function mutatedText(texts: fc.Arbitrary<string>, dictionary: readonly string[]): fc.Arbitrary<string> {
  const pieces = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...dictionary) }, fc.string({ unit: 'binary', maxLength: 12 }));
  return fc.tuple(texts, edits(pieces)).map(([text, all]) => all.reduce(applyEdit, text));
}

/** The same of bytes. */
export function mutatedBytes(all: readonly Uint8Array[], dictionary: readonly Uint8Array[] = []): fc.Arbitrary<Buffer> {
  const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  const pieces = [...NUMBERS, ...dictionary].map(latin);
  const anything = fc.uint8Array({ maxLength: 12 }).map(latin);
  return fc
    .tuple(fc.constantFrom(...all.map(latin)), edits(fc.oneof({ weight: 2, arbitrary: fc.constantFrom(...pieces) }, anything)))
    .map(([text, changes]) => Buffer.from(changes.reduce(applyEdit, text), 'latin1'));
}

/** Lengths and signs that are wrong in most places. */
const NUMBERS = ['00000000', 'ffffffff', '7fffffff', '80000000', '00000001', '0000001c', '02000000', '00', 'ff', '0a', 'c328', 'eda080'].map((hex) =>
  Buffer.from(hex, 'hex'),
);

/** What JSON may have where something else belongs. */
export const STRANGE_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e300,
  Number.MAX_SAFE_INTEGER + 1,
  '',
  ' ',
  'x'.repeat(300),
  '\u0000',
  '\u001B[31m',
  '\uD800',
  '../../../etc/passwd',
  [],
  [[]],
  [null],
  {},
  { toString: 1 },
  { length: 5 },
  { constructor: null },
];

type Change = { readonly at: number; readonly what: 'value' | 'gone' | 'name' | 'copy'; readonly value: unknown };

/** One of the values, with a few of its members replaced, removed, renamed or copied elsewhere. */
export function mutatedJson(values: readonly unknown[]): fc.Arbitrary<unknown> {
  const change: fc.Arbitrary<Change> = fc.record({
    at: fc.nat(100_000),
    what: fc.constantFrom('value' as const, 'value' as const, 'gone' as const, 'name' as const, 'copy' as const),
    value: fc.constantFrom(...STRANGE_VALUES),
  });
  return fc.tuple(fc.constantFrom(...values), fc.array(change, { maxLength: 4 })).map(([value, changes]) => {
    // Values of its own: the changes are made in place.
    const root = { root: structuredClone(value) };
    for (const each of changes) changeMember(root, { ...each, value: structuredClone(each.value) });
    return root.root;
  });
}

type Member = readonly [parent: Record<string, unknown>, key: string];

function changeMember(root: Record<string, unknown>, { at, what, value }: Change): void {
  const all = membersOf(root);
  // What stands at the top is looked for as often as the many things deep below.
  const members = at % 3 === 0 ? membersOf(root, 2) : all;
  const [parent, key] = members[at % members.length] as Member;
  const from = all[(at * 7) % all.length] as Member;
  if (what === 'value') parent[key] = value;
  else if (what === 'copy') parent[key] = structuredClone(from[0][from[1]]);
  else if (parent !== root) {
    if (what === 'name') define(parent, typeof value === 'string' ? value : '__proto__', parent[key]);
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  }
}

/** As JSON.parse makes it, whatever the name is (`__proto__`). */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function membersOf(value: object, depth = 100): Member[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => [
    [value as Record<string, unknown>, key] as const,
    ...(depth > 1 && typeof member === 'object' && member !== null ? membersOf(member, depth - 1) : []),
  ]);
}

/** Pieces of bytes as a stream may bring them: cut at up to eight places. */
export function inPieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

export const cuts: fc.Arbitrary<readonly number[]> = fc.array(fc.nat(100_000), { maxLength: 8 });
