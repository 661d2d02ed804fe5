/** A wish file in the page: what is wrong with it at its places, and where it is kept. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { formatWish, keepText, parseWish } from '../../../src/web/page/flow/kept-wish.ts';
import { placedProblems, writtenProblems } from '../../../src/web/page/flow/wish-problems.ts';

const TEXT = 'formatVersion: 1\nslots: []\n';

describe('what is wrong with a wish', () => {
  test.each<[string, readonly string[]]>([
    ['', []],
    ['  \n', []],
    [TEXT, []],
    ['formatVersion: 1\nslot: []\n', ['wish-malformed 2:1']],
    ['formatVersion: 1\nvirtualFunctions: [{ physicalFunction: "02:00.0", numVfs: 0010 }]\n', ['wish-ambiguous 2:59']],
  ])('is said of %j at its places, while it is written', (text, told) => {
    expect(writtenProblems({ name: 'wish.yaml', text }).map(({ code, location }) => `${code} ${location?.line}:${location?.column}`)).toEqual(told);
  });

  test('on the host is said at its places; what has none is said by the refusal', () => {
    const problem = { code: 'function-in-use', severity: 'error', subject: null, message: 'x', hint: null } as const;
    const located = { ...problem, subject: '0000:06:00.0', hint: 'y', location: { file: 'a.yaml', line: 3, column: 5 } };
    expect(placedProblems({ problems: [{ ...problem, location: null }, located, { ...problem, location: { file: null, line: 1, column: 2 } }] })).toEqual([
      located,
      { code: 'function-in-use', severity: 'error', message: 'x', location: { line: 1, column: 2 } },
    ]);
  });
});

describe('the text of a wish file', () => {
  const kept = new Map<string, string>();
  beforeEach(() => {
    kept.clear();
    keepText('');
    vi.stubGlobal('sessionStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) });
    return () => vi.unstubAllGlobals();
  });

  test('stands in no address, and is found again with its wish', () => {
    const address = formatWish({ verb: 'apply', text: TEXT, file: 'a.yaml' });
    expect(address).toBe('{"verb":"apply","file":"a.yaml"}');
    expect(parseWish(address)).toEqual({ verb: 'apply', file: 'a.yaml', text: TEXT });
    expect([...kept.values()]).toEqual([TEXT]);
  });

  test('is found after a reload', async () => {
    keepText(TEXT);
    vi.resetModules();
    const { parseWish: reloaded } = await import('../../../src/web/page/flow/kept-wish.ts');
    expect(reloaded('{"verb":"apply"}')).toEqual({ verb: 'apply', text: TEXT });
  });

  test('is there until the reload where the browser keeps nothing', () => {
    vi.stubGlobal('sessionStorage', undefined);
    keepText(TEXT);
    expect(parseWish('{"verb":"apply"}')).toEqual({ verb: 'apply', text: TEXT });
  });

  test('of a link that has one is that of the link', () => {
    keepText('formatVersion: 1\npools: []\n');
    expect(parseWish(JSON.stringify({ verb: 'apply', text: TEXT }))).toEqual({ verb: 'apply', text: TEXT });
  });

  test('is no part of other wishes', () => {
    expect(parseWish(formatWish({ verb: 'recover' }))).toEqual({ verb: 'recover' });
  });
});
