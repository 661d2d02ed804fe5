import { describe, expect, test } from 'vitest';
import { mismatch } from './accept.ts';
import { openApi } from './openapi.ts';
import { SIGN_IN } from './session.ts';
import { WISH } from './wishes.ts';

describe('what is sent is held against its shape', () => {
  test.each([
    ['a wish with all that is needed', { verb: 'prepare', functions: ['0000:06:00.0'] }],
    ['a wish with what may be left out', { verb: 'attach', guest: 'db1', functions: ['0002:00:00.0'], scope: 'live', uid: '0x0021', managed: false }],
  ])('%s is taken', (_, wish) => expect(mismatch(WISH, wish)).toBeUndefined());

  test.each([
    ['an unknown verb names those that there are', { verb: 'explode' }, '/verb', /is not one of "prepare", "release"/],
    ['no verb at all', {}, '/verb', /is not one of/],
    ['a name that is missing', { verb: 'prepare' }, '/functions', /is missing/],
    ['a name that nobody knows', { verb: 'recover', force: true }, '/force', /no name that is known/],
    ['an address that is none', { verb: 'prepare', functions: ['0000:06:00.0', '../../etc'] }, '/functions/1', /does not match/],
    ['text where a list is', { verb: 'prepare', functions: '0000:06:00.0' }, '/functions', /is not an array/],
    ['a name that every object has', { verb: 'recover', toString: 1 }, '/toString', /no name that is known/],
    ['a fraction', { verb: 'vf create', physicalFunction: '0000:02:00.0', numVfs: 1.5 }, '/numVfs', /is not an integer/],
    ['a list of nothing', { verb: 'pool create', network: 'vfs', functions: [] }, '/functions', /is empty/],
    ['a function twice', { verb: 'detach', guest: 'db1', functions: ['0000:06:00.0', '0000:06:00.0'] }, '/functions/1', /is there twice/],
    ['a slot twice', { verb: 'slot off', fids: ['0x00000017', '0x00000018', '0x00000017'] }, '/fids/2', /is there twice/],
    ['null', null, '/verb', /is not one of/],
  ])('%s is refused at its place', (_, wish, at, what) => {
    const found = mismatch(WISH, wish);
    expect(found?.at).toBe(at);
    expect(found?.what).toMatch(what);
  });

  test('what is sent in the wrong order costs no more than in the right one: a list of very many is looked through once', () => {
    const functions = Array.from({ length: 60_000 }, (_, at) => `a${at}`);
    const began = performance.now();
    expect(mismatch(WISH, { functions, verb: 'apply', text: '' })?.at).toBe('/functions');
    expect(mismatch(WISH, { functions, verb: 'prepare' })?.at).toBe('/functions/0');
    expect(performance.now() - began).toBeLessThan(1000);
  });

  test('a place is a JSON pointer, and no longer than it helps to find it', () => {
    expect(mismatch(WISH, { verb: 'recover', 'a/b~c': 1 })?.at).toBe('/a~1b~0c');
    expect(mismatch(WISH, { verb: 'recover', ['x'.repeat(60_000)]: 1 })?.at).toBe(`/${'x'.repeat(100)}…`);
  });

  test('a list is no object', () => expect(mismatch(SIGN_IN, [])).toEqual({ at: '', what: 'is not an object' }));
});

test('the document of the API is made once, since everybody may ask for it', () => {
  const first = openApi('1.2.3');
  const began = performance.now();
  for (let asked = 0; asked < 1000; asked += 1) expect(openApi('1.2.3')).toBe(first);
  expect(performance.now() - began).toBeLessThan(1000);
});
