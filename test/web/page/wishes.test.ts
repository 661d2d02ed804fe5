/** What can be asked for is what the server takes: fields, words and buttons of every verb. */
import { describe, expect, test } from 'vitest';
import type { JsonSchema, Shape } from '../../../src/json/contract/shape.ts';
import { mismatch } from '../../../src/server/api/accept.ts';
import { WISH, WISHES, type WishVerb } from '../../../src/server/api/wishes.ts';
import { actsOnFunction, actsOnSlot } from '../../../src/web/page/host/function-acts.ts';
import { FIELDS, missingFields, parseDraft, wishOf } from '../../../src/web/page/flow/wish-fields.ts';
import { functionsOf } from '../../../src/web/page/flow/wish-functions.ts';
import { askedWords, type WordedWish, wishWords } from '../../../src/web/page/flow/wish-words.ts';
import type { FunctionDetails } from '../../../src/web/page/connection/api.ts';

/** What is undone is chosen where it was done. */
const VERBS = (Object.keys(WISHES) as WishVerb[]).filter((verb) => verb !== 'undo');

/** Left to the command: who asks the page has what libvirt takes by default. */
const NOT_ASKED_FOR = new Set(['verb', 'force', 'managed']);

function schemaOf(verb: WishVerb): { readonly names: readonly string[]; readonly needed: readonly string[] } {
  const { schema } = WISHES[verb] as Shape<unknown>;
  const { properties, required } = schema as { readonly properties: JsonSchema; readonly required: readonly string[] };
  return { names: Object.keys(properties), needed: required };
}

describe.each(VERBS)('%s', (verb) => {
  const { names, needed } = schemaOf(verb);
  const fields = FIELDS[verb];

  test('has every field that the server takes, and no other', () => {
    expect(fields.map(({ name }) => name).toSorted()).toEqual(names.filter((name) => !NOT_ASKED_FOR.has(name)).toSorted());
  });

  test('needs what the server needs', () => {
    const wanted = fields.filter(({ isNeeded }) => isNeeded).map(({ name }) => name);
    expect(wanted.toSorted()).toEqual(needed.filter((name) => name !== 'verb').toSorted());
    expect(missingFields({ verb })).toHaveLength(wanted.length);
  });

  test('is a wish that the server takes when it is filled in, and what was emptied again is left out', () => {
    const filled = Object.fromEntries(fields.map(({ name, kind }) => [name, SAMPLES[name] ?? SAMPLES[kind]]));
    expect(mismatch(WISH, wishOf({ ...filled, verb }))).toBeUndefined();
    const emptied = Object.fromEntries(fields.map(({ name, isNeeded }) => [name, isNeeded ? filled[name] : '']));
    expect(mismatch(WISH, wishOf({ ...emptied, verb }))).toBeUndefined();
  });

  test('has words', () => {
    expect(wishWords({ verb })).toMatch(/^[A-Z]/);
  });
});

const SAMPLES: Readonly<Record<string, unknown>> = {
  ...{
    guest: 'db1',
    function: '0000:01:00.0',
    functions: ['0000:01:00.0'],
    slots: ['0x00000012'],
    flag: true,
    switch: false,
    number: 3,
    text: 'word',
    scope: 'live',
  },
  ...{ mac: '52:54:00:00:00:01', uid: '0x0021', fid: '0x00000012' },
};

test.each<[WordedWish, string]>([
  [{ verb: 'undo', operations: ['a'] }, 'Undo an operation'],
  [{ verb: 'undo', operations: ['a', 'b'] }, 'Undo 2 operations'],
  [{ verb: 'attach', guest: 'db1', functions: ['0002:00:00.0'] }, 'Give 0002:00:00.0 to db1'],
  [{ verb: 'detach', guest: 'db1', functions: ['a', 'b', 'c'] }, 'Take 3 functions back from db1'],
  [{ verb: 'swap', guest: 'db1', old: 'a', next: 'b' }, 'Swap a for b in db1'],
  [{ verb: 'ports add', guest: 'db1', count: 1 }, 'Add 1 root port to db1'],
  [{ verb: 'ports add', guest: 'db1' }, 'Add root ports to db1'],
  [{ verb: 'vf create', physicalFunction: 'a', numVfs: 1 }, 'Make 1 virtual function of a'],
  [{ verb: 'vf create', physicalFunction: 'a', numVfs: 4 }, 'Make 4 virtual functions of a'],
  [{ verb: 'vf create', physicalFunction: 'a' }, 'Make virtual functions of a'],
  [{ verb: 'slot off', fids: ['0x12', '0x13'] }, 'Switch 0x12 and 0x13 off'],
])('%j is told as what will be done', (draft, words) => {
  expect(wishWords(draft)).toBe(words);
});

test.each(['', '{', 'null', '[]', '{"verb":"format"}', '{"verb":"toString"}', '{"verb":1}'])('a link with %j asks for nothing', (text) => {
  expect(parseDraft(text)).toBeNull();
});

test('functions of a wish are those that it names, each once', () => {
  expect(functionsOf({ verb: 'swap', guest: 'x', old: 'a', next: 'b' })).toEqual(['a', 'b']);
  expect(functionsOf({ verb: 'prepare', functions: ['a', 'a'] })).toEqual(['a']);
});

describe('what a panel offers is what the server takes', () => {
  const details = { hostAddress: '0000:01:00.0', sriov: { totalVfs: 7 }, physicalFunction: '0000:00:00.0', fid: '0x00000012' };
  const held = [{ guest: 'db1', guestAddress: null, uid: null, fid: null, live: true, config: true }];
  const kept = [{ kind: 'rule', hostAddress: '0000:01:00.0' }];
  const acts = [
    ...actsOnFunction({ details } as unknown as FunctionDetails, held, { persistent: kept } as unknown as Parameters<typeof actsOnFunction>[2]),
    ...actsOnSlot({ fid: '0x00000012', state: 'standby' }),
  ];

  test('no act is there twice, and none has a name that its verb does not know', () => {
    expect(new Set(acts.map(({ words }) => words)).size).toBe(acts.length);
    for (const { wish } of acts) expect(schemaOf(wish.verb).names).toEqual(expect.arrayContaining(Object.keys(wish)));
  });

  test('every verb that is about one function, its slot or its guest is there', () => {
    const verbs = new Set(acts.map(({ wish }) => wish.verb));
    expect(VERBS.filter((verb) => !verbs.has(verb))).toEqual(['attach from pool', 'ports add', 'pool create', 'pool remove', 'apply', 'recover']);
  });
});

test.each<[WordedWish, string]>([
  [{ verb: 'undo', operations: ['given'] }, 'Undo: Give a to db1'],
  [{ verb: 'undo', operations: ['undone'] }, 'Undo: Undo: Give a to db1'],
  [{ verb: 'undo', operations: ['given', 'undone'] }, 'Undo 2 operations'],
  [{ verb: 'undo', operations: ['of another server'] }, 'Undo an operation'],
  [{ verb: 'recover' }, 'Recover what was interrupted'],
])('what is asked for names what it undoes: %j', (wish, words) => {
  const operations = [
    { id: 'given', wish: { verb: 'attach', guest: 'db1', functions: ['a'] } },
    { id: 'undone', wish: { verb: 'undo', operations: ['given'] } },
  ];
  expect(askedWords(wish, operations)).toBe(words);
});
